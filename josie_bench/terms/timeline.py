"""A dialogue as it ran: who spoke when, and what the model was to do about it. Times are milliseconds of the media.

What the user did is known from how the stimulus was put together, never from looking for speech in a mix. What the
model did is told three times over: when it decided to stop, until when it gave sound, and until when that was heard.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

TURN, PAUSE, BARGE_IN = "turn", "pause", "barge_in"
BACK_CHANNEL, SIDE_TALK, NOISE = "back_channel", "side_talk", "noise"
NOT_FOR_THE_MODEL = (BACK_CHANNEL, SIDE_TALK, NOISE)
EVENT_KINDS = (TURN, PAUSE, BARGE_IN, *NOT_FOR_THE_MODEL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A stretch of time, its end outside."""

    start_ms: float
    end_ms: float

    def __post_init__(self) -> None:
        if self.end_ms < self.start_ms:  # as a file may say
            raise ValueError("a span ends no earlier than it starts")

    def holds(self, at_ms: float) -> bool:
        """Return whether an instant lies in it."""
        return self.start_ms <= at_ms < self.end_ms

    def shared_ms(self, other: Span) -> float:
        """Return for how long both go on at once."""
        return max(0.0, min(self.end_ms, other.end_ms) - max(self.start_ms, other.start_ms))


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEvent:
    """What the user did, with what it asks of the model.

    Attributes:
        kind: one of `EVENT_KINDS`. `turn`: to be answered after its end. `pause`: within a turn, not to be taken for
            its end. `barge_in`: begins while the model speaks, which is to stop. The rest is nothing to the model: it
            goes on if it speaks, and stays silent if it does not.
        span: from when to when.

    Raises:
        ValueError: there is no such kind.
    """

    kind: str
    span: Span

    def __post_init__(self) -> None:
        if self.kind not in EVENT_KINDS:  # as a file may say
            raise ValueError(f"{self.kind} is none of {', '.join(EVENT_KINDS)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """One dialogue.

    Attributes:
        dialogue: its id; events of one dialogue are alike, and are drawn together.
        end_ms: until when it was watched.
        events: what the user did, by start.
        user: when the user's voice is heard, in order.
        played: when the model's voice is heard, in order.
        emitted: the same where its sound was given to the player.
        yields_ms: when the model decided to listen, in order.
    """

    dialogue: str
    end_ms: float
    events: tuple[TimelineEvent, ...]
    user: tuple[Span, ...]
    played: tuple[Span, ...] = ()
    emitted: tuple[Span, ...] = ()
    yields_ms: tuple[float, ...] = ()

    def of(self, *kinds: str) -> tuple[TimelineEvent, ...]:
        """Return the events of some kinds."""
        return tuple(event for event in self.events if event.kind in kinds)

    def first_onset_ms(self, start_ms: float, end_ms: float) -> float | None:
        """Return when the model's voice first begins within a stretch of time, or None."""
        return next((span.start_ms for span in self.played if start_ms <= span.start_ms < end_ms), None)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Timeline:
        """Return the timeline whose fields were written as JSON."""
        events = (TimelineEvent(kind=event["kind"], span=Span(**event["span"])) for event in data["events"])
        spans = {name: _spans(data[name]) for name in ("user", "played", "emitted")}
        return cls(**{**data, **spans, "events": tuple(events), "yields_ms": tuple(data["yields_ms"])})


def _spans(rows: Sequence[Mapping[str, float]]) -> tuple[Span, ...]:
    return tuple(Span(**row) for row in rows)


def span_holding(spans: tuple[Span, ...], at_ms: float) -> Span | None:
    """Return the span in which an instant lies, or None."""
    return next((span for span in spans if span.holds(at_ms)), None)
