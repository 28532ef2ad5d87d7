"""Windows that have closed and wait for the model: the earliest deadline first. Those that are late may be dropped.

Earliest deadline first is the best order for one server: if any order keeps all deadlines, this one does (Liu and
Layland, 1973). Where all windows have the same time to answer, it is the order in which they closed.

A model that steps several sessions together takes the first window of each that waits, and waits for nobody: whoever
closes meanwhile is in the next batch.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import Generic, TypeVar

Item = TypeVar("Item")


@dataclass(slots=True, kw_only=True)
class WaitingLine(Generic[Item]):
    """A line of windows.

    Attributes:
        sheds: whether a window is dropped when its deadline is over before it is its turn.
        is_gone: whether a window is dropped at its turn because nobody is there any more who waits for it.
        dropped: all that were, in the order in which that was seen.
    """

    sheds: bool = False
    is_gone: Callable[[Item], bool] = lambda _: False
    dropped: list[Item] = field(default_factory=list)
    _line: list[tuple[int, int, Item]] = field(default_factory=list)
    _joined: int = 0

    def join(self, due_ns: int, item: Item) -> None:
        """Let a window wait that is due then; of those due at once the first that joined is first."""
        heappush(self._line, (due_ns, self._joined, item))
        self._joined += 1

    def take(self, now_ns: int) -> Item | None:
        """Return the window whose turn it is and let it leave; None where nobody waits any more."""
        taken = self._pop(now_ns)
        return None if taken is None else taken[2]

    def take_together(self, now_ns: int, place_of: Callable[[Item], Hashable]) -> list[Item]:
        """Return the first window of each place that waits and let them leave, in order; none where nobody waits.

        Args:
            now_ns: when they are taken.
            place_of: where the session of a window sits; its windows can only be answered one after the other.
        """
        first: dict[Hashable, Item] = {}
        behind: list[tuple[int, int, Item]] = []
        while (taken := self._pop(now_ns)) is not None:
            place = place_of(taken[2])
            if place in first:
                behind.append(taken)
            else:
                first[place] = taken[2]
        self._line = behind  # in order, and so a heap
        return list(first.values())

    def _pop(self, now_ns: int) -> tuple[int, int, Item] | None:
        while self._line:
            taken = heappop(self._line)
            if (not self.sheds or taken[0] >= now_ns) and not self.is_gone(taken[2]):
                return taken
            self.dropped.append(taken[2])
        return None

    def waiting(self) -> Iterable[Item]:
        """Return those that wait, in no order."""
        return [item for _, _, item in self._line]

    def __len__(self) -> int:
        return len(self._line)
