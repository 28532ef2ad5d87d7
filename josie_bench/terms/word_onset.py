"""A word of a sound: when it was due, and when it was heard to begin. Times are milliseconds from the sound's begin."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class WordOnset:
    """A word that a sound was to say.

    Attributes:
        text: the word as it is compared.
        due_ms: of the model's own voice the start of the frame in which the word's first token was written, of a
            recording when the corpus has it begin.
        is_said: whether it is among the words that were heard of the sound, in order.
        onset_ms: when an aligner hears it begin; None where it was not said, or could not be aligned.
    """

    text: str
    due_ms: float
    is_said: bool
    onset_ms: float | None = None

    @property
    def skew_ms(self) -> float | None:
        """How much later it begins than it was due; None where it has no onset."""
        return None if self.onset_ms is None else self.onset_ms - self.due_ms
