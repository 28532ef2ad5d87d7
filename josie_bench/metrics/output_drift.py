"""Output drift: by how much more or less is said from minute to minute. Definition `output_drift/1`."""

from __future__ import annotations

import numpy as np

from josie_bench.metrics import Metric
from josie_bench.statistics.percentiles import median_over_rounds
from josie_bench.statistics.series import minutes_of, speech_ns
from josie_bench.statistics.slope import slope_of_windows
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score, missing

STATISTICS = {"speech": "change a minute of the share of time for which speech comes out; 0.01 is one point a minute"}


def _compute(recording: Recording) -> dict[str, Score]:
    return median_over_rounds([{"speech": _of_speech(one)} for one in recording.by_round()])


def _of_speech(recording: Recording) -> Score:
    rows = recording.answered()
    if not recording.audio_samples[rows].any():
        return missing("silent", "the model did not speak")
    share = speech_ns(recording, rows) / recording.hop_ns[rows]
    return slope_of_windows(minutes_of(recording, rows), share, middle=np.mean)


METRIC = Metric(
    title="Output drift",
    unit="1/min",
    direction="none",
    definition="output_drift/1",
    origin="speech that came out of the measured windows over their scheduled close a_k",
    description=(
        "The slope of `latency_drift`, of the share of each answered window for which speech came out; a stretch "
        "counts by its mean. It is what can be told of quality over time without a judge: a model that loses itself in "
        "a long conversation falls silent or never stops, while what it hears goes on as before. It does not say "
        "whether what is said is any good, nor which change is for the better. Answers that are no sound or no tokens "
        "are counted over the whole trial (`output_validity`): one is too many, so their slope says nothing more."
    ),
    statistics=STATISTICS,
    compute=_compute,
)
