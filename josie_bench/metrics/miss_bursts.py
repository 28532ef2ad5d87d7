"""Miss bursts: how many windows in a row miss their deadline. Definition `miss_bursts/1`."""

from __future__ import annotations

import numpy as np

from josie_bench.metrics import Metric, closed_loop_scores
from josie_bench.statistics.deadlines import burst_rows, conversed_excess_ns
from josie_bench.statistics.percentiles import percentile_scores
from josie_bench.statistics.series import conversations_are
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score, missing

STATISTICS = {
    "budget.longest": "the most windows in a row that missed the case's deadline, 0 without a miss; no interval",
    "budget.p50": "half of the bursts past the case's deadline are no longer than this",
    "hop.longest": "the most windows in a row that were not answered within their own hop; no interval",
    "hop.p50": "half of the bursts past the windows' own hops are no longer than this",
}


def _compute(recording: Recording) -> dict[str, Score]:
    if not recording.is_open_loop:
        return closed_loop_scores(STATISTICS)
    excesses, runs = conversed_excess_ns(recording)
    found: dict[str, Score] = {}
    for deadline, excess in excesses.items():
        if not len(excess):
            return dict.fromkeys(STATISTICS, missing("no_samples", "no window was measured"))
        begins, lengths = burst_rows(excess > 0.0, runs)
        found[f"{deadline}.longest"] = Score(value=float(lengths.max(initial=0)), n=len(excess))
        if len(lengths):
            own = None if runs is None else runs[begins]
            sizes, are = lengths.astype(np.float64), conversations_are(recording)
            found |= percentile_scores(sizes, (50.0,), prefix=f"{deadline}.", runs=own, runs_are=are)
        else:
            found[f"{deadline}.p50"] = missing("no_miss", "no window missed the deadline", n=0)
    return found


METRIC = Metric(
    title="Miss bursts",
    unit="windows",
    direction="lower",
    definition="miss_bursts/1",
    origin="scheduled window close → deadline",
    description=(
        "A burst is a run of measured windows, one after the other in one round, with R_k > D or no answer. One window"
        " in a hundred that is late by itself is a glitch; ten in a row are a pause that everyone hears, at the same "
        "miss ratio. The sample of p50 is the bursts, that of the longest the windows. A burst that the end of the "
        "trial cuts off counts as long as it was seen. A closed loop has no deadlines and gives n/a."
    ),
    statistics=STATISTICS,
    compute=_compute,
)
