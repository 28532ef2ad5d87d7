"""Dropout recovery: what it costs that a lost modality comes back. Definition `dropout_recovery/1`."""

from __future__ import annotations

import numpy as np

from josie_bench.metrics import OF_DROPOUT, Metric
from josie_bench.statistics.dropout import returns
from josie_bench.statistics.percentiles import max_score, percentile_scores
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score, missing

STATISTICS = {
    "first.p50": "half of the first windows with everything again took no more than this beyond those after the loss",
    "p50": "after half of the losses work was as usual again within this time",
    "max": "the longest that it took; no interval",
}


def _compute(recording: Recording) -> dict[str, Score]:
    found = returns(recording) if recording.dropped is not None else []
    if not found:
        return dict.fromkeys(STATISTICS, missing("not_measured", "nothing came back that was lost"))
    runs = np.array([loss.round for loss in found], dtype=np.int64)
    extra = np.array([loss.first_ms - loss.settled_ms for loss in found])
    took = np.array([loss.recovery_ms for loss in found])
    return (
        percentile_scores(extra, (50.0,), prefix="first.", runs=runs)
        | percentile_scores(took, (50.0,), runs=runs)
        | {"max": max_score(took)}
    )


METRIC = Metric(
    title="Dropout recovery",
    unit="ms",
    direction="lower",
    definition="dropout_recovery/1",
    origin="close of the first window with everything again → close of the first that takes no longer than usual",
    description=(
        "For each loss after which everything came again: C of the first window minus the median C of the stretch that "
        "it begins (`first`), and the sum of the hops from it to the first window of that stretch that takes no longer "
        "than usual, 0 if it is that window itself. Usual is the 95th percentile of C over the windows with everything "
        "before which nothing was lost either. Infinite where the next loss, or the end, came before; a statistic that "
        "would be infinite is n/a (`censored`). It is work that recovers here; of missed deadlines `recovery` tells."
    ),
    statistics=STATISTICS,
    compute=_compute,
    of=OF_DROPOUT,
)
