"""Output length: how much came out, without which a latency compares nothing. Definition `output_length/1`."""

from __future__ import annotations

import numpy as np

from josie_bench.metrics import Metric
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score, missing
from josie_bench.terms.timebase import ms_of_samples, ns_from_ms

STATISTICS = {
    "speech": "share of the answered windows' time for which speech came out; no interval",
    "spoken_windows": "share of the answered windows in which any speech came out; no interval",
    "text": "text tokens for each window, silence and padding not counted; no interval",
}


def _compute(recording: Recording) -> dict[str, Score]:
    rows = recording.answered()
    n = int(rows.sum())
    if not n:
        return dict.fromkeys(STATISTICS, missing("no_samples", "no window was measured and answered"))
    samples = recording.audio_samples[rows]
    spoken_ns = ns_from_ms(ms_of_samples(int(samples.sum()), recording.sample_rate_hz))
    return {
        "speech": Score(value=spoken_ns / float(recording.hop_ns[rows].sum()), n=n),
        "spoken_windows": Score(value=float(np.mean(samples > 0)), n=n),
        "text": Score(value=float(recording.text_tokens[rows].mean()), n=n),
    }


METRIC = Metric(
    title="Output length",
    unit="ratio",
    direction="none",
    definition="output_length/1",
    origin="what came out of the measured windows against how many and how long they were",
    description=(
        "How much the model said, not how well. Two latencies compare the same work only where these agree: an engine "
        "that falls silent earlier is faster for that. Sound is always as long as its window; an engine that returned "
        "less would end the trial with an error. They are shares of one run's windows, which depend on each other, so "
        "they have no interval."
    ),
    statistics=STATISTICS,
    compute=_compute,
)
