"""Windows that have closed and wait for the model: the earliest deadline first, and those that are late may be dropped.

Earliest deadline first is the best order for one server: if any order keeps all deadlines, this one does (Liu and
Layland, 1973). Where all windows have the same time to answer, it is the order in which they closed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import Generic, TypeVar

Item = TypeVar("Item")


@dataclass(slots=True, kw_only=True)
class WaitingLine(Generic[Item]):
    """A line of windows.

    Attributes:
        sheds: whether a window is dropped when its deadline is over before it is its turn.
        dropped: all that were, in the order in which that was seen.
    """

    sheds: bool = False
    dropped: list[Item] = field(default_factory=list)
    _line: list[tuple[int, int, Item]] = field(default_factory=list)
    _joined: int = 0

    def join(self, due_ns: int, item: Item) -> None:
        """Let a window wait that is due then; of those due at once the first that joined is first."""
        heappush(self._line, (due_ns, self._joined, item))
        self._joined += 1

    def take(self, now_ns: int) -> Item | None:
        """Return the window whose turn it is and let it leave; None where nobody waits any more."""
        while self._line:
            due_ns, _, item = heappop(self._line)
            if not self.sheds or due_ns >= now_ns:
                return item
            self.dropped.append(item)
        return None

    def waiting(self) -> Iterable[Item]:
        """Return those that wait, in no order."""
        return [item for _, _, item in self._line]

    def __len__(self) -> int:
        return len(self._line)
