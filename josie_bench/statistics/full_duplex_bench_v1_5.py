"""Overlaps as Full-Duplex-Bench v1.5 tells them (Lin et al., 2025, arXiv 2507.23159), on our timelines.

Followed is its script `evaluation/get_timing.py`:

- Stretches of the user's voice that are 600 ms or less apart are one, and stretches of the model's that are 500 ms or
  less. (Its comments say 300 and 50 ms; the constants decide.)
- Stop latency is how long both are heard at once, for each stretch of the one and of the other, whoever began and
  whoever stopped: a model that begins amid the user's voice, or goes on behind it, has one too.
- Response latency is from the end of the user's stretch to the model's next onset; of several ends before one onset the
  last counts. It is never negative, and an end behind which the model never speaks again is left out.

What differs here: speech is what a detector hears and what the corpus knows, not what Silero finds; the conversations
hold many events, where its recordings have one overlap each. It lists intervals and says no mean; here it is of all.
"""

from __future__ import annotations

from itertools import pairwise

from josie_bench.terms.timeline import Span, Timeline

USER_GAP_MS = 600.0
MODEL_GAP_MS = 500.0


def stop_latencies_ms(timeline: Timeline) -> tuple[float, ...]:
    """Return how long each overlap of the user's voice with the model's lasts."""
    user, model = merged(timeline.user, USER_GAP_MS), merged(timeline.played, MODEL_GAP_MS)
    return tuple(shared for own in user for other in model if (shared := own.shared_ms(other)) > 0.0)


def response_latencies_ms(timeline: Timeline) -> tuple[float, ...]:
    """Return how long after the user's voice ends each onset comes that is the next behind such an end."""
    last_ends: dict[float, float] = {}
    onsets = [span.start_ms for span in merged(timeline.played, MODEL_GAP_MS)]
    for own in merged(timeline.user, USER_GAP_MS):
        onset = next((onset for onset in onsets if onset > own.end_ms), None)
        if onset is not None:
            last_ends[onset] = own.end_ms
    return tuple(onset - end for onset, end in last_ends.items())


def merged(spans: tuple[Span, ...], gap_ms: float) -> tuple[Span, ...]:
    """Return spans, in order, with those as one that are no further apart than a gap."""
    if not spans:
        return ()
    breaks = [at for at, (one, other) in enumerate(pairwise(spans), 1) if other.start_ms - one.end_ms > gap_ms]
    edges = pairwise([0, *breaks, len(spans)])
    return tuple(Span(start_ms=spans[begin].start_ms, end_ms=spans[end - 1].end_ms) for begin, end in edges)
