"""Admission: which sessions are let in, and where they sit."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from statistics import median


@dataclass(slots=True, kw_only=True)
class Door:
    """What sessions come in by, each from a place of its own.

    Attributes:
        seats: so many find one, the others are refused; None where each place is a seat and nobody is refused.
        asked: how many have come so far, those that were refused too.
        inside: (number, seat) of those that are in, by place.
    """

    seats: int | None = None
    asked: int = 0
    inside: dict[int, tuple[int, int]] = field(default_factory=dict)

    def enter(self, place: int) -> bool:
        """Let in the session that comes from a place, and return whether it was."""
        number, seat = self.asked, place if self.seats is None else self._free_seat()
        self.asked += 1
        if seat is None:
            return False
        self.inside[place] = number, seat
        return True

    def leave(self, place: int) -> None:
        """Let the seat of a place's session be free again."""
        del self.inside[place]

    def _free_seat(self) -> int | None:
        assert self.seats is not None
        taken = {seat for _, seat in self.inside.values()}
        return next((seat for seat in range(self.seats) if seat not in taken), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """When a session is let in by what was measured so far.

    Attributes:
        busy: share of the time in which the model may have work with it, at most.
        over_ms: windows count that were answered so long before.
    """

    busy: float
    over_ms: float = 5000.0


@dataclass(slots=True, kw_only=True)
class Forecaster:
    """What lets sessions in while the share of busy time is forecast to stay below a bound, and refuses the others.

    Who comes is told with its first window. Where nobody is there it is let in; where nothing was measured of late
    beside somebody, it is refused, for nothing can be forecast.

    Attributes:
        busy: the bound.
        over_ns: windows count that were answered so long before.
        hop_ns: time between the windows of a session; who had none for longer than that is not there.
    """

    busy: float
    over_ns: int
    hop_ns: int
    _took: deque[tuple[int, int]] = field(default_factory=deque)
    _last_close_ns: dict[int, int] = field(default_factory=dict)
    _refused: set[int] = field(default_factory=set)
    _passed_ns: deque[int] = field(default_factory=deque)

    def note(self, finished_ns: int, took_ns: int) -> None:
        """Take note of a window that was answered."""
        self._took.append((finished_ns, took_ns))

    def lets_in(self, session: int, close_ns: int) -> bool:
        """Return whether a session is in with a window that closes then; windows come in order."""
        if session not in self._last_close_ns and session not in self._refused and not self._has_room(close_ns):
            self._refused.add(session)
        if session in self._refused:
            self._passed_ns.append(close_ns)
            return False
        self._last_close_ns[session] = close_ns
        return True

    def passed(self, close_ns: int) -> int:
        """Return how many windows of those refused closed before then and were not returned yet."""
        count = 0
        while self._passed_ns and self._passed_ns[0] < close_ns:
            self._passed_ns.popleft()
            count += 1
        return count

    def _has_room(self, now_ns: int) -> bool:
        """Return whether one more window a hop fits in, each taking the median of those answered of late."""
        while self._took and self._took[0][0] <= now_ns - self.over_ns:
            self._took.popleft()
        took = [took_ns for finished_ns, took_ns in self._took if finished_ns <= now_ns]
        there = sum(close_ns >= now_ns - self.hop_ns for close_ns in self._last_close_ns.values())
        return not there or (bool(took) and median(took) * (there + 1) <= self.busy * self.hop_ns)
