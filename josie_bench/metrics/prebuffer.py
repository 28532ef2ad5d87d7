"""Prebuffer: the least wait with which speech plays without a stall. Definition `prebuffer/1`."""

from __future__ import annotations

import numpy as np

from josie_bench.metrics import Metric, closed_loop_scores
from josie_bench.statistics.percentiles import max_score, percentile_scores
from josie_bench.statistics.series import as_ms, conversations_are, measured_spurts
from josie_bench.terms.playback import least_prebuffer_ns
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score, missing

STATISTICS = {
    "max": "with this prebuffer no talk-spurt of the trial stalls; no interval",
    "p95": "with this prebuffer 95 % of the talk-spurts play without a stall",
}


def _compute(recording: Recording) -> dict[str, Score]:
    if not recording.is_open_loop:
        return closed_loop_scores(STATISTICS)
    spoken = measured_spurts(recording)
    if not spoken:
        return dict.fromkeys(STATISTICS, missing("silent", "the model did not speak in the measured windows"))
    least = as_ms(np.array([least_prebuffer_ns(s.ready_ns, s.duration_ns) for s in spoken], dtype=np.int64))
    runs = recording.conversations(np.array([s.rows[0] for s in spoken]))
    above = percentile_scores(least, (95.0,), runs=runs, runs_are=conversations_are(recording))
    return {"max": max_score(least)} | above


METRIC = Metric(
    title="Prebuffer needed",
    unit="ms",
    direction="lower",
    definition="prebuffer/1",
    origin="first chunk of a talk-spurt readable → the player may start",
    description=(
        "P* = max_j (e_j − e_1 − Σ_{i<j} δ_i)⁺ of each talk-spurt, δ being how long a chunk of speech plays: the "
        "smallest prebuffer with which the spurt plays without a stall. Its sample is the talk-spurts, not the "
        "windows. It is added to what a listener waits; what the codec is late shifts all chunks alike and is added "
        "to both. A model that never speaks gives n/a, and so does a closed loop."
    ),
    statistics=STATISTICS,
    compute=_compute,
)
