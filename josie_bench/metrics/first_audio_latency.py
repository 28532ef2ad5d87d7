"""First-audio latency: from the close of a window with which the model begins to speak to its first speech.

Definition `first_audio_latency/2`.
"""

from __future__ import annotations

import numpy as np

from josie_bench.metrics import Metric, closed_loop_scores
from josie_bench.statistics.percentiles import over_rounds_score, percentile_scores
from josie_bench.statistics.series import as_ms, spurts
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score, missing

STATISTICS = {
    "cold": "the first window of a trial that spoke, warm-up included; one sample a round, of several the median",
    "spurt": "the median over the windows that open a measured talk-spurt",
}


def _compute(recording: Recording) -> dict[str, Score]:
    if not recording.is_open_loop:
        return closed_loop_scores(STATISTICS)
    opening = np.array([spurt.rows[0] for spurt in spurts(recording)], dtype=np.int64)
    if not len(opening):
        return dict.fromkeys(STATISTICS, missing("silent", "the model did not speak"))
    heard = as_ms(recording.finished_ns[opening] - recording.scheduled_ns[opening]) + recording.delay_ms
    of_round = np.searchsorted(recording.first_rows(), opening, side="right")
    first = heard[np.unique(of_round, return_index=True)[1]]
    is_measured = recording.measured()[opening]
    if is_measured.any():
        rows = opening[is_measured]
        runs, sessions = recording.runs(rows), recording.sessions_of(rows)
        spurt = percentile_scores(heard[is_measured], (50.0,), runs=runs, sessions=sessions)["p50"]
    else:
        spurt = missing("silent", "the model did not begin to speak in the measured windows")
    return {"cold": over_rounds_score(first), "spurt": spurt}


METRIC = Metric(
    title="First-audio latency",
    unit="ms",
    direction="lower",
    definition="first_audio_latency/2",
    origin="scheduled close of the window that first speaks → the first speech in its sound is heard",
    description=(
        "R_k + L = e_k − a_k + L of the first window with speech: of the whole trial (`cold`), and of every talk-spurt "
        "that opens in the measured windows (`spurt`, their median). L is what the codec's decoder is late: so long a "
        "stretch of no speech comes first in the sound that is readable at e_k. It is 30 ms for a head of inverse "
        "Fourier transforms at 16 kHz and 0 for convolutions; definition 1 left it out. It says how long the system "
        "takes over a window with which it begins to speak, not how long it waited to take its turn. A model that "
        "never speaks gives n/a, and so does a closed loop."
    ),
    statistics=STATISTICS,
    compute=_compute,
)
