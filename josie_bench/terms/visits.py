"""Recorded visits: when sessions came and went, place by place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Visits:
    """Sessions as they were recorded; when the last has gone, all of it comes again.

    Attributes:
        file: that it was read from, absolute.
        sha256: of the file's bytes, hex.
        spans_ns: `[places][visits]` from when until when, from the trial's start; in order, none in another.
    """

    file: str
    sha256: str
    spans_ns: tuple[tuple[tuple[int, int], ...], ...]

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Visits:
        """Return the visits whose fields were written as JSON."""
        visits = tuple(tuple((start, end) for start, end in place) for place in data["spans_ns"])
        return cls(file=data["file"], sha256=data["sha256"], spans_ns=visits)

    @property
    def length_ns(self) -> int:
        """When the last one has gone, and the first comes again."""
        return max(place[-1][1] for place in self.spans_ns)

    @property
    def usual(self) -> float:
        """How many are there on average."""
        return sum(end - start for place in self.spans_ns for start, end in place) / self.length_ns
