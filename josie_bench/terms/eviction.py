"""Eviction: which session is sent away when the model has not held all that are there, so that the others are in time.

It is the newest. The others have been there for longer and would lose more of what was said; they were held until it
came; and one that is let in last and sent away first is what a session can count on: who stays is safer by the hour.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Eviction:
    """When a session is sent away.

    Attributes:
        missed: share of the windows that were answered late or dropped, at most.
        over_ms: windows count that were answered or dropped so long before; between two evictions lies no less.
    """

    missed: float
    over_ms: float = 5000.0


@dataclass(slots=True, kw_only=True)
class Evictor:
    """What sends the newest session away while too many windows miss their deadline, and never the last one there.

    After each it waits for as long as it looks back, so that one is sent away by what was seen without the one before.

    Attributes:
        missed: the bound on the share of missed windows.
        over_ns: windows count that were answered or dropped so long before.
        hop_ns: time between the windows of a session; who had none for longer than that is not there.
        deadline_ns: from a window's close until its answer is due.
        gone: the sessions that were sent away.
    """

    missed: float
    over_ns: int
    hop_ns: int
    deadline_ns: int
    gone: set[int] = field(default_factory=set)
    _ended: deque[tuple[int, bool]] = field(default_factory=deque)  # when each did, and whether it was missed
    _missed_count: int = 0
    _last_close_ns: dict[int, int] = field(default_factory=dict)
    _since_ns: int | None = None

    def came(self, session: int, close_ns: int) -> None:
        """Take note of a window that closed then; windows come in order."""
        if session not in self.gone:
            self._last_close_ns[session] = close_ns

    def answered(self, close_ns: int, finished_ns: int) -> None:
        """Take note of an answer."""
        self._note(finished_ns, is_missed=finished_ns - close_ns > self.deadline_ns)

    def dropped(self, now_ns: int) -> None:
        """Take note of a window that was dropped because it was late before its turn."""
        self._note(now_ns, is_missed=True)

    def look(self, now_ns: int) -> None:
        """Send the newest session away if the share of missed windows was too large for long enough."""
        while self._ended and self._ended[0][0] <= now_ns - self.over_ns:
            self._missed_count -= self._ended.popleft()[1]
        if self._since_ns is None:
            self._since_ns = now_ns
        if now_ns - self._since_ns < self.over_ns or self._missed_count <= self.missed * len(self._ended):
            return
        last_ns = max(self._last_close_ns.values(), default=0)
        there = [session for session, close_ns in self._last_close_ns.items() if close_ns >= last_ns - self.hop_ns]
        if len(there) > 1:
            newest = max(there)
            self.gone.add(newest)
            del self._last_close_ns[newest]
            self._since_ns = now_ns

    def _note(self, at_ns: int, *, is_missed: bool) -> None:
        self._ended.append((at_ns, is_missed))
        self._missed_count += is_missed
