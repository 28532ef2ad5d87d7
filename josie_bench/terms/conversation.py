"""How a conversation is held: who may speak when, and what silence costs."""

from __future__ import annotations

from dataclasses import dataclass

MODES = ("realtime", "turn")
TURN_TAKING = ("recording", "model", "listen")
SILENCE = ("drawn", "gated", "speculated")


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """The rules of one conversation.

    Attributes:
        mode: `realtime`: both sides at once, the model falls silent by a token of its own and never emits one that
            starts or ends a turn (paper section 6.7). `turn`: ChatML, one side at a time, an end token ends a turn.
        turn_taking: in real time, who decides that the model is silent. `recording`: silence is forced while the
            recording's speaker talks, since seeded weights would never listen. `model`: its own draws. `listen`:
            silence is always forced.
        silence: what a silent frame is. `drawn`: its audio codes are drawn and decoded like any other's and the sound
            is muted. `gated`: it has no audio codes, and nothing is decoded. `speculated`: gated, and all frames of a
            window in which the model is expected to listen are verified in one pass; the tokens are those of `gated`.
    """

    mode: str = "realtime"
    turn_taking: str = "recording"
    silence: str = "drawn"
