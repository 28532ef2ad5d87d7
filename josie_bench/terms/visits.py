"""Recorded visits: when sessions came and went, place by place, and which recordings each heard and saw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Clips:
    """What a session hears and sees: of each the name of a file of the case's stream, or None for all that it has."""

    hears: str | None = None
    sees: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Visits:
    """Sessions as they were recorded; when the last has gone, all of it comes again.

    Attributes:
        file: that it was read from, absolute.
        sha256: of the file's bytes, hex.
        spans_ns: `[places][visits]` from when until when, from the trial's start; in order, none in another.
        clips: `[places][visits]` what each hears and sees; None where the file does not say. Empty where it never does.
    """

    file: str
    sha256: str
    spans_ns: tuple[tuple[tuple[int, int], ...], ...]
    clips: tuple[tuple[Clips | None, ...], ...] = ()

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Visits:
        """Return the visits whose fields were written as JSON."""
        visits = tuple(tuple((start, end) for start, end in place) for place in data["spans_ns"])
        clips = tuple(tuple(told and Clips(**told) for told in place) for place in data["clips"])
        return cls(file=data["file"], sha256=data["sha256"], spans_ns=visits, clips=clips)

    @property
    def named(self) -> tuple[Clips, ...]:
        """All that sessions hear and see by name, each once."""
        return tuple(dict.fromkeys(clips for place in self.clips for clips in place if clips is not None))

    @property
    def length_ns(self) -> int:
        """When the last one has gone, and the first comes again."""
        return max(place[-1][1] for place in self.spans_ns)

    def windows(self, hop_ns: int, *, seats: int, grace_ns: int = 0) -> int:
        """Return how many windows those have who find a seat, while all come once.

        Args:
            hop_ns: time between windows.
            seats: so many find one at a time, those included to whom it is kept.
            grace_ns: for how long a seat is kept to who left.
        """
        ahead = [(place[0][0], True, number, 0) for number, place in enumerate(self.spans_ns)]
        heapify(ahead)
        windows = 0
        while ahead:
            _, is_coming, number, turn = heappop(ahead)
            if not is_coming:  # before who comes at that instant
                seats += 1
                continue
            place, begun = self.spans_ns[number], turn
            turn += 1
            if seats:
                while grace_ns and turn < len(place) and place[turn][0] - place[turn - 1][1] <= grace_ns:
                    turn += 1
                windows += sum((end - start) // hop_ns for start, end in place[begun:turn])
                seats -= 1
                heappush(ahead, (place[turn - 1][1] + grace_ns, False, number, turn))
            if turn < len(place):
                heappush(ahead, (place[turn][0], True, number, turn))
        return windows
