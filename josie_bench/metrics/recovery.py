"""Recovery: how long it takes after a missed deadline until all is well again. Definition `recovery/2`."""

from __future__ import annotations

from josie_bench.metrics import Metric, closed_loop_scores
from josie_bench.statistics.deadlines import recovery_ns
from josie_bench.statistics.percentiles import max_score, percentile_scores
from josie_bench.statistics.series import as_ms
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score, missing

STATISTICS = {
    "p50": "after half of the late windows all was well again within this time",
    "max": "the longest that it took; no interval",
}


def _compute(recording: Recording) -> dict[str, Score]:
    if not recording.is_open_loop:
        return closed_loop_scores(STATISTICS)
    took, rows = recovery_ns(recording)
    n = int(recording.measured().sum())
    if n and not len(took):
        return dict.fromkeys(STATISTICS, missing("no_miss", "no window missed the deadline", n=n))
    recovery = as_ms(took)
    return percentile_scores(recovery, (50.0,), runs=recording.runs(rows)) | {"max": max_score(recovery)}


METRIC = Metric(
    title="Recovery",
    unit="ms",
    direction="lower",
    definition="recovery/2",
    origin="close of a window that misses the case's deadline → close of the next one with which all is well",
    description=(
        "For each measured window k with R_k > D or no answer, the sum of the hops to the first later window j of its "
        "conversation with R_j ≤ D and none of it waiting when it was answered. The sample is the late windows. Where "
        "the trial ends before, it is infinite; a statistic that would be infinite is n/a (`censored`). Without a miss "
        "there is nothing to recover from (`no_miss`). Definition 1 let windows that were shed or lost wait until "
        "the trial's end. A closed loop has no deadlines and gives n/a."
    ),
    statistics=STATISTICS,
    compute=_compute,
)
