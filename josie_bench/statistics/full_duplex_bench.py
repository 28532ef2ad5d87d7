"""Turn-taking as Full-Duplex-Bench v1.0 counts it (Lin et al., 2025, arXiv 2503.04721), on our timelines.

Followed are its scripts `evaluation/eval_smooth_turn_taking.py`, `eval_pause_handling.py`, `eval_backchannel.py` and
`eval_user_interruption.py`, and `get_transcript/asr.py`, which cuts interruptions at their end:

- A sample is one recording in which the user does one thing. The model has taken over if it speaks for a second or
  more from its first word to its last, or in less time says more than three words. TOR is the mean over samples.
- Latency is its first word minus the end of the user's turn or interruption, 0 where that is negative, averaged over
  the samples in which it took over.
- A back-channel is a stretch of speech shorter than a second, of two words at most, in a sample in which no stretch
  is a takeover; frequency is their count over the sample's length, averaged over samples.

What differs here: words are not counted, so that less than a second is never a takeover. Speech is what a detector
hears, not what a recogniser writes. A sample is cut out of a longer conversation: a turn is one of turn-taking if it
finds the model silent, and an interruption if it finds it speaking. A turn in which the model took over has no
back-channels, where the script goes by the last stretch alone. The likeness of back-channels in time to people's (JSD)
needs the corpus that people annotated for it, and is left out.
"""

from __future__ import annotations

from josie_bench.terms.timebase import s_from_ms
from josie_bench.terms.timeline import PAUSE, TURN, Span, Timeline, TimelineEvent

SHORTEST_TURN_MS = 1_000.0


def is_taken(timeline: Timeline, event: TimelineEvent) -> bool | None:
    """Return whether the model took over from a turn on until the next; None for what is none, or finds it speaking."""
    if event.kind != TURN or _is_speaking(timeline, event):
        return None
    return _has_taken_over(_heard(timeline, event.span.start_ms, _next_turn_ms(timeline, event)))


def is_taken_amid(timeline: Timeline, event: TimelineEvent) -> bool | None:
    """Return whether the model took over in a turn with a pause, before its end; None where there is no such turn."""
    if event.kind != TURN or _is_speaking(timeline, event) or not _has_pause(timeline, event):
        return None
    return _has_taken_over(_heard(timeline, event.span.start_ms, event.span.end_ms))


def is_taken_after_interruption(timeline: Timeline, event: TimelineEvent) -> bool | None:
    """Return whether the model took over behind a turn that found it speaking; None for any other."""
    if event.kind != TURN or not _is_speaking(timeline, event):
        return None
    return _has_taken_over(_heard(timeline, event.span.end_ms, _next_turn_ms(timeline, event)))


def turn_latency_ms(timeline: Timeline, event: TimelineEvent) -> float | None:
    """Return how long after a turn the model that took over began, 0 where it was before; None where it did not."""
    if not is_taken(timeline, event):
        return None
    first = _heard(timeline, event.span.start_ms, _next_turn_ms(timeline, event))[0]
    return max(0.0, first.start_ms - event.span.end_ms)


def interruption_latency_ms(timeline: Timeline, event: TimelineEvent) -> float | None:
    """Return how long after an interruption the model that took over began; None where it did not."""
    if not is_taken_after_interruption(timeline, event):
        return None
    first = _heard(timeline, event.span.end_ms, _next_turn_ms(timeline, event))[0]
    return first.start_ms - event.span.end_ms


def back_channels_per_s(timeline: Timeline, event: TimelineEvent) -> float | None:
    """Return how many back-channels a second the model gave in a turn; None for what is none, or finds it speaking."""
    length_ms = event.span.end_ms - event.span.start_ms
    if event.kind != TURN or not length_ms or _is_speaking(timeline, event):
        return None
    stretches = _heard(timeline, event.span.start_ms, event.span.end_ms)
    if any(_has_taken_over((stretch,)) for stretch in stretches):
        return 0.0
    return len(stretches) / s_from_ms(length_ms)


def _heard(timeline: Timeline, start_ms: float, end_ms: float) -> tuple[Span, ...]:
    """Return what is heard of the model within a stretch of time, cut at both ends."""
    return tuple(
        Span(start_ms=max(span.start_ms, start_ms), end_ms=min(span.end_ms, end_ms))
        for span in timeline.played
        if span.start_ms < end_ms and span.end_ms > start_ms
    )


def _has_taken_over(heard: tuple[Span, ...]) -> bool:
    return bool(heard) and heard[-1].end_ms - heard[0].start_ms >= SHORTEST_TURN_MS


def _is_speaking(timeline: Timeline, event: TimelineEvent) -> bool:
    at = event.span.start_ms
    return any(span.start_ms < at < span.end_ms for span in timeline.played)


def _has_pause(timeline: Timeline, turn: TimelineEvent) -> bool:
    return any(turn.span.holds(pause.span.start_ms) for pause in timeline.of(PAUSE))


def _next_turn_ms(timeline: Timeline, event: TimelineEvent) -> float:
    later = [turn.span.start_ms for turn in timeline.of(TURN) if turn.span.start_ms > event.span.start_ms]
    return min([timeline.end_ms, *later])
