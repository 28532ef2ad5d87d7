"""Headroom: the part of the time it has that a window's computing leaves free. Definition `headroom/1`."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from josie_bench.metrics import Metric
from josie_bench.statistics.percentiles import percentile_scores
from josie_bench.statistics.series import compute_ns
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score
from josie_bench.terms.timebase import ns_from_ms

STATISTICS = {
    "p50": "half of the windows left at least this part of their time free",
    "p95": "95 % of the windows left at least this part of their time free",
    "p99": "99 % of the windows left at least this part of their time free",
}


def _compute(recording: Recording) -> dict[str, Score]:
    rows = recording.answered()
    due_ns = np.minimum(recording.hop_ns[rows], ns_from_ms(recording.deadline_ms))
    runs, sessions = recording.runs(rows), recording.sessions_of(rows)
    load = percentile_scores(compute_ns(recording) / due_ns, (50.0, 95.0, 99.0), runs=runs, sessions=sessions)
    return {statistic: _free(score) for statistic, score in load.items()}


def _free(load: Score) -> Score:
    """Return 1 − load; its lower bound comes from the upper one of the load."""
    if load.value is None or load.interval is None:
        return load if load.point is None else replace(load, point=1.0 - load.point)
    low, high = (None if side is None else 1.0 - side for side in (load.interval.high, load.interval.low))
    return replace(load, value=1.0 - load.value, interval=replace(load.interval, low=low, high=high))


METRIC = Metric(
    title="Headroom",
    unit="ratio",
    direction="higher",
    definition="headroom/1",
    origin="compute time of a window against the lesser of its hop and the case's deadline",
    description=(
        "h_p = 1 − q_p(C_k / min(H_k, D)) over the measured windows that were answered, in open and in closed loops. "
        "At 0 the slowest windows of that share take all the time there is; below 0 they cannot be on time even with "
        "no queue. The utilisation of a machine that serves one conversation is `compute_rtf`."
    ),
    statistics=STATISTICS,
    compute=_compute,
)
