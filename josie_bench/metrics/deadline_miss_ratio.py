"""Deadline miss ratio: the share of windows answered late or never. Definition `deadline_miss_ratio/1`."""

from __future__ import annotations

from josie_bench.metrics import Metric, closed_loop_scores
from josie_bench.statistics.deadlines import excess_ns
from josie_bench.statistics.proportion import ratio_score
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score

STATISTICS = {
    "budget": "share of windows not answered within the case's deadline",
    "hop": "share of windows not answered within their own hop; the next window closes then, unless there is a pause",
}


def _compute(recording: Recording) -> dict[str, Score]:
    if not recording.is_open_loop:
        return closed_loop_scores(STATISTICS)
    rows = recording.measured()
    runs, sessions = recording.runs(rows), recording.sessions_of(rows)
    return {
        deadline: ratio_score(excess > 0.0, excess, runs=runs, sessions=sessions)
        for deadline, excess in excess_ns(recording).items()
    }


METRIC = Metric(
    title="Deadline miss ratio",
    unit="ratio",
    direction="lower",
    definition="deadline_miss_ratio/1",
    origin="scheduled window close → deadline",
    description=(
        "#{k: R_k > D} / N over all N measured windows; a window that got no answer is a miss, one answered exactly at "
        "the deadline is not. The interval is Clopper-Pearson at 95 %, two-sided, on n_eff: with no miss in n "
        "independent windows its upper bound is 1 − 0.025^(1/n), about 3.7/n, so 300 of them without a miss show a "
        "ratio below 1.3 % and no less; windows that are alike show even less. Of several sessions n_eff is the fewer "
        "of two: in order of arrival, where what hits all at once is a burst, and session by session, where what "
        "always hits one is. A closed loop has no deadlines and gives n/a."
    ),
    statistics=STATISTICS,
    compute=_compute,
)
