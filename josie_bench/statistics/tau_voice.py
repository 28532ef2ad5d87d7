"""Interaction as τ-voice counts it (Ray et al., 2026, arXiv 2603.13686), on our timelines.

Followed is its page `docs/interaction-metrics.md` and the code that goes with it, version 1.1 of its metrics:

- A turn at whose end the model is silent is responded to if the model begins before the next such turn does; the last
  one, if nothing follows, is left out. Latency is the mean over those that were responded to.
- A turn that begins while the model speaks is yielded to if the model stops within two seconds; latency likewise.
- The model interrupts where it begins while the user speaks; the rate is of the turns that were to be responded to.
- A back-channel that finds the model speaking is handled right if the model does not stop within a second.

What differs here: it goes by ticks of 200 ms, and these are instants. A turn is one with the pauses in it. Vocal tics
and words that are meant for others are in none of our conversations.
"""

from __future__ import annotations

from josie_bench.terms.timeline import BACK_CHANNEL, TURN, Span, Timeline, TimelineEvent, span_holding

YIELD_WINDOW_MS = 2_000.0
BACK_CHANNEL_WINDOW_MS = 1_000.0


def is_responded(timeline: Timeline, event: TimelineEvent) -> bool | None:
    """Return whether the model began behind a turn before the next; None where it is none, or not to be told."""
    if event.kind != TURN or not _ends_in_silence(timeline, event):
        return None
    onset, following = _onset_ms(timeline, event), _next_start_ms(timeline, event)
    if onset is None:
        return None if following is None else False
    return following is None or onset <= following


def response_latency_ms(timeline: Timeline, event: TimelineEvent) -> float | None:
    """Return how long after a turn the model began; None where it did not before the next."""
    onset = _onset_ms(timeline, event)
    return onset - event.span.end_ms if onset is not None and is_responded(timeline, event) else None


def is_yielded(timeline: Timeline, event: TimelineEvent) -> bool | None:
    """Return whether the model stopped in time for a turn that found it speaking; None for any other."""
    speaking = _interrupted(timeline, event)
    if event.kind != TURN or speaking is None:
        return None
    return speaking.end_ms - event.span.start_ms < YIELD_WINDOW_MS


def yield_latency_ms(timeline: Timeline, event: TimelineEvent) -> float | None:
    """Return how long after the start of such a turn the model stopped; None where it did not in time."""
    speaking = _interrupted(timeline, event)
    return speaking.end_ms - event.span.start_ms if speaking is not None and is_yielded(timeline, event) else None


def is_talked_through(timeline: Timeline, event: TimelineEvent) -> bool | None:
    """Return whether a back-channel that found the model speaking did not stop it; None for any other event."""
    speaking = _interrupted(timeline, event)
    if event.kind != BACK_CHANNEL or speaking is None:
        return None
    return speaking.end_ms - event.span.start_ms >= BACK_CHANNEL_WINDOW_MS


def interruptions(timeline: Timeline) -> int:
    """Return how often the model began while the user was heard."""
    return sum(span_holding(timeline.user, span.start_ms) is not None for span in timeline.played)


def response_turns(timeline: Timeline) -> int:
    """Return how many turns were to be responded to."""
    return sum(is_responded(timeline, turn) is not None for turn in timeline.of(TURN))


def _onset_ms(timeline: Timeline, turn: TimelineEvent) -> float | None:
    return timeline.first_onset_ms(turn.span.end_ms, timeline.end_ms)


def _next_start_ms(timeline: Timeline, turn: TimelineEvent) -> float | None:
    """Return when the next turn begins at whose end the model is silent."""
    later = (each for each in timeline.of(TURN) if each.span.start_ms >= turn.span.end_ms)
    return next((each.span.start_ms for each in later if _ends_in_silence(timeline, each)), None)


def _ends_in_silence(timeline: Timeline, turn: TimelineEvent) -> bool:
    end = turn.span.end_ms
    return not any(span.start_ms < end < span.end_ms for span in timeline.played)


def _interrupted(timeline: Timeline, event: TimelineEvent) -> Span | None:
    at = event.span.start_ms
    return next((span for span in timeline.played if span.start_ms < at < span.end_ms), None)
