"""What belongs to the sounds of one item on one time line. Times are milliseconds from where the session began.

What the model gives for a frame stands where that frame's sound is heard: from its window's close on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from josie_bench.terms.timeline import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenWord:
    """A word that the model wrote, at the frame of its first token."""

    text: str
    at_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """When an item's sounds begin, what happens in them, and what is written meanwhile.

    Attributes:
        begins_ms: when a sound begins, by its name without ending; one that is not named begins with the session.
        marks: from when to when something goes on, by what it is: a `turn` of the user's, a clip that is `seen`, a word
            that is `typed`. Those of a conversation are in its timeline.
        words: by when they were written.
    """

    begins_ms: Mapping[str, float] = field(default_factory=dict)
    marks: Mapping[str, tuple[Span, ...]] = field(default_factory=dict)
    words: tuple[WrittenWord, ...] = ()

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Track:
        """Return the track whose fields were written as JSON."""
        marks = {kind: tuple(Span(**span) for span in spans) for kind, spans in data["marks"].items()}
        words = tuple(WrittenWord(**word) for word in data["words"])
        return cls(begins_ms=data["begins_ms"], marks=marks, words=words)
