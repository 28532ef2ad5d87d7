"""Tardiness rate: how much lateness a minute of the conversation holds. Definition `tardiness_rate/1`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from josie_bench.metrics import Metric, closed_loop_scores
from josie_bench.statistics.deadlines import excess_ns
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score, missing
from josie_bench.terms.timebase import MS_PER_S

STATISTICS = {
    "budget": "milliseconds past the case's deadline, in sum, for each minute of windows; no interval",
    "hop": "milliseconds past the windows' own hops, in sum, for each minute of windows; no interval",
}
MS_PER_MINUTE = 60.0 * MS_PER_S


def _compute(recording: Recording) -> dict[str, Score]:
    if not recording.is_open_loop:
        return closed_loop_scores(STATISTICS)
    hops_ns = int(recording.hop_ns[recording.measured()].sum())
    return {deadline: _rate(excess, hops_ns) for deadline, excess in excess_ns(recording).items()}


def _rate(excess_ns: NDArray[np.float64], hops_ns: int) -> Score:
    n = len(excess_ns)
    if not n:
        return missing("no_samples", "no window was measured")
    unanswered = int(np.count_nonzero(np.isinf(excess_ns)))
    if unanswered:
        return missing("censored", f"{unanswered} of {n} windows were never answered", n=n)
    late_ns = float(np.maximum(excess_ns, 0.0).sum())
    return Score(value=late_ns / hops_ns * MS_PER_MINUTE, n=n)


METRIC = Metric(
    title="Tardiness rate",
    unit="ms/min",
    direction="lower",
    definition="tardiness_rate/1",
    origin="deadline → last output byte readable, against the hops of the windows",
    description=(
        "Σ max(0, R_k − D) / Σ H_k over the measured windows, in milliseconds a minute: what a listener waits past the"
        " deadlines in a minute of conversation. 0 where no window is late. A window that was never answered makes it "
        "n/a (`censored`). A closed loop has no deadlines and gives n/a."
    ),
    statistics=STATISTICS,
    compute=_compute,
)
