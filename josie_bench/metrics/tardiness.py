"""Tardiness: how late the windows are that miss their deadline. Definition `tardiness/1`."""

from __future__ import annotations

from josie_bench.metrics import Metric, closed_loop_scores
from josie_bench.statistics.deadlines import excess_ns
from josie_bench.statistics.percentiles import max_score, mean_score
from josie_bench.statistics.series import as_ms
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score, missing

STATISTICS = {
    "budget.mean": "the mean lateness of the windows that miss the case's deadline; an interval over several runs",
    "budget.max": "the worst lateness past the case's deadline; no interval",
    "hop.mean": "the mean lateness of the windows that are not answered within their own hop",
    "hop.max": "the worst lateness past the window's own hop; no interval",
}


def _compute(recording: Recording) -> dict[str, Score]:
    if not recording.is_open_loop:
        return closed_loop_scores(STATISTICS)
    runs = recording.runs(recording.measured())
    found: dict[str, Score] = {}
    for deadline, excess in excess_ns(recording).items():
        is_late = excess > 0.0
        if len(excess) and not is_late.any():
            kept = missing("no_miss", "no window missed the deadline", n=len(excess))
            found |= {f"{deadline}.mean": kept, f"{deadline}.max": kept}
            continue
        late = as_ms(excess[is_late])
        found[f"{deadline}.mean"] = mean_score(late, None if runs is None else runs[is_late])
        found[f"{deadline}.max"] = max_score(late)
    return found


METRIC = Metric(
    title="Tardiness",
    unit="ms",
    direction="lower",
    definition="tardiness/1",
    origin="deadline → last output byte readable",
    description=(
        "T_k = R_k − D over the measured windows with R_k > D; n is how many these are. A ratio of misses says how "
        "often, this says by how much. A window that was never answered is late without bound and makes it n/a "
        "(`censored`); without a miss there is nothing to take it from (`no_miss`). A closed loop has no deadlines and"
        " gives n/a."
    ),
    statistics=STATISTICS,
    compute=_compute,
)
