"""(m,k)-firm violation: how many stretches of windows have more misses than they may. Definition `firm_violation/1`."""

from __future__ import annotations

from josie_bench.metrics import Metric, closed_loop_scores
from josie_bench.statistics.deadlines import conversed_excess_ns, frame_excess
from josie_bench.statistics.proportion import ratio_score
from josie_bench.statistics.series import conversations_are
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score, missing

FIRMNESS = {"m1_k20": (1, 20), "m2_k10": (2, 10)}
STATISTICS = {
    statistic: f"share of stretches of {frame} windows in which more than {misses} missed the case's deadline"
    for statistic, (misses, frame) in FIRMNESS.items()
}


def _compute(recording: Recording) -> dict[str, Score]:
    if not recording.is_open_loop:
        return closed_loop_scores(STATISTICS)
    excesses, runs = conversed_excess_ns(recording)
    excess = excesses["budget"]
    found: dict[str, Score] = {}
    for statistic, (misses, frame) in FIRMNESS.items():
        values, own = frame_excess(excess, runs, misses, frame)
        if len(excess) > 0 and not len(values):
            detail = f"{len(excess)} windows hold no stretch of {frame}"
            found[statistic] = missing("insufficient_samples", detail, n=len(excess), needed=frame)
        else:
            are = conversations_are(recording)
            found[statistic] = ratio_score(values > 0.0, values, runs=own, runs_are=are, overlap=frame)
    return found


METRIC = Metric(
    title="(m,k)-firm violation",
    unit="ratio",
    direction="lower",
    definition="firm_violation/1",
    origin="scheduled window close → deadline",
    description=(
        "The share of all stretches of k measured windows, one beginning at each window of a round, in which more than"
        " m have R_k > D or no answer; (m,k) is (1,20) and (2,10). A firm deadline may be missed now and then and not "
        "in heaps. Stretches overlap, so that n of them are worth about n/k independent ones, which the interval "
        "knows. A closed loop has no deadlines and gives n/a."
    ),
    statistics=STATISTICS,
    compute=_compute,
)
