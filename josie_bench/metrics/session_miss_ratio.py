"""Session miss ratio: how misses are spread over sessions. Definition `session_miss_ratio/1`."""

from __future__ import annotations

import numpy as np

from josie_bench.metrics import OF_SESSIONS, Metric, closed_loop_scores
from josie_bench.statistics.deadlines import conversed_excess_ns
from josie_bench.statistics.order_statistics import quantile
from josie_bench.statistics.proportion import count_score
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score, missing

STATISTICS = {
    "worst": "the largest miss ratio that a session has; no interval",
    "p50": "half of the sessions have no larger miss ratio; no interval",
    "any": "share of the sessions that missed at least one deadline",
}


def _compute(recording: Recording) -> dict[str, Score]:
    if not recording.is_open_loop:
        return closed_loop_scores(STATISTICS)
    excesses, sessions = conversed_excess_ns(recording)
    if sessions is None or not len(sessions):
        return dict.fromkeys(STATISTICS, missing("no_samples", "no window of several sessions was measured"))
    place = np.unique(sessions, return_inverse=True)[1]
    ratios = np.bincount(place, weights=excesses["budget"] > 0.0) / np.bincount(place)
    missed = int((ratios > 0.0).sum())
    return {
        "worst": Score(value=float(ratios.max()), n=len(ratios)),
        "p50": Score(value=quantile(ratios, 0.5), n=len(ratios)),
        "any": count_score(missed, len(ratios), method="Clopper-Pearson over sessions"),
    }


METRIC = Metric(
    title="Session miss ratio",
    unit="ratio",
    direction="lower",
    definition="session_miss_ratio/1",
    origin="scheduled window close → deadline",
    description=(
        "The deadline miss ratio of each session by itself, over its measured windows with R_k > D, or without an "
        "answer: the worst, the median, and in how many sessions there was any. Its sample is the sessions. A ratio "
        "over all windows can be small while one session, whose windows always close when the model is busy, hears "
        "nothing but gaps."
    ),
    statistics=STATISTICS,
    compute=_compute,
    of=OF_SESSIONS,
)
