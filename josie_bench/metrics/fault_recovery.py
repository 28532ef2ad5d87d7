"""Fault recovery: how long after a fault it takes until all is well again. Definition `fault_recovery/1`."""

from __future__ import annotations

import numpy as np

from josie_bench.metrics import OF_FAULTS, Metric
from josie_bench.statistics.faults import courses
from josie_bench.statistics.percentiles import max_score, percentile_scores
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score, missing

STATISTICS = {
    "p50": "after half of the faults all was well again within this time",
    "max": "the longest that it took; no interval",
}


def _compute(recording: Recording) -> dict[str, Score]:
    found = courses(recording)
    if not found:
        return dict.fromkeys(STATISTICS, missing("not_measured", "no fault was injected"))
    took = np.array([course.recovery_ms for course in found])
    runs = None if recording.round is None else np.array([course.note.round for course in found], dtype=np.int64)
    return percentile_scores(took, (50.0,), runs=runs) | {"max": max_score(took)}


METRIC = Metric(
    title="Fault recovery",
    unit="ms",
    direction="lower",
    definition="fault_recovery/1",
    origin="end of a fault → the first answer on time after which, until the next fault, all were",
    description=(
        "For each fault that came, the time from its end to the answer of the window behind the last one that was "
        "late, lost or invalid; 0 where none was. A fault that holds for whole windows ends with the close of the "
        "first window without it, a stall or a hang when it is over, and a modality that dies with the close of its "
        "first window, for the conversation has to do without it. Infinite where the next fault, or the trial's end, "
        "came first, and for a hang that never ends; a statistic that would be infinite is n/a (`censored`). Windows "
        "are late after the case's deadline."
    ),
    statistics=STATISTICS,
    compute=_compute,
    of=OF_FAULTS,
)
