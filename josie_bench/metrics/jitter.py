"""Jitter: how unevenly answers come. Definition `jitter/1`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from josie_bench.metrics import Metric, closed_loop_scores
from josie_bench.statistics.order_statistics import quantile
from josie_bench.statistics.percentiles import percentile_scores, spread_score
from josie_bench.statistics.series import (
    as_ms,
    conversations_are,
    followers,
    of_each_conversation,
    period_jitter_ns,
    response_ns,
)
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score, missing

Floats = NDArray[np.float64]

STATISTICS = {
    "period.p1": "1 % of the answers came at least this much too soon after the one before; usually negative",
    "period.p50": "half of the answers came no later after the one before than a hop and this",
    "period.p99": "99 % of the answers came no later after the one before than a hop and this",
    "period.peak_to_peak": "the largest J minus the smallest; no interval",
    "rfc3550": "the running average of J's size as an RTP receiver keeps it, at the end of the trial; no interval",
    "pdv.p99": "99 % of the windows were answered within the fastest response and this",
    "spread": "p99 minus p50 of the response latency; no interval",
}
# RFC 3550, section 6.4.1: the gain 1/16 gives a good noise reduction at a reasonable rate of convergence.
RFC3550_GAIN = 1.0 / 16.0


def _compute(recording: Recording) -> dict[str, Score]:
    if not recording.is_open_loop:
        return closed_loop_scores(STATISTICS)
    period = as_ms(period_jitter_ns(recording))
    response = as_ms(response_ns(recording))
    rows, measured = followers(recording)[1], recording.measured()
    runs, sessions = recording.runs(measured), recording.sessions_of(measured)
    talks, are = recording.conversations(rows), conversations_are(recording)
    answered = response[np.isfinite(response)]
    fastest = float(answered.min()) if len(answered) else 0.0
    return (
        percentile_scores(period, (1.0, 50.0, 99.0), prefix="period.", runs=talks, runs_are=are)
        | {"period.peak_to_peak": _range(period)}
        | {"rfc3550": _running_average(of_each_conversation(recording, rows, period))}
        | percentile_scores(response - fastest, (99.0,), prefix="pdv.", runs=runs, sessions=sessions)
        | {"spread": spread_score(response, 50.0, 99.0, runs=runs, sessions=sessions)}
    )


def _range(period: Floats) -> Score:
    if not len(period):
        return missing("no_samples", "no two windows in a row were measured and answered")
    return Score(value=float(np.ptp(period)), n=len(period))


def _running_average(conversations: Sequence[Floats]) -> Score:
    """Return what the average is in the end, of several conversations the median."""
    averages = []
    for period in (some for some in conversations if len(some)):
        average = 0.0
        for change in period.tolist():
            average += (abs(change) - average) * RFC3550_GAIN
        averages.append(average)
    if not averages:
        return missing("no_samples", "no two windows in a row were answered")
    return Score(value=quantile(np.array(averages), 0.5), n=sum(map(len, conversations)))


METRIC = Metric(
    title="Jitter",
    unit="ms",
    direction="none",
    definition="jitter/1",
    origin="one answer → the next, and the fastest response → each response",
    description=(
        "Period jitter is J_k = (e_k − e_{k−1}) − (a_k − a_{k−1}), a hop where there is no pause, over windows that "
        "follow each other and were both measured and answered. `rfc3550` starts at 0 and takes J ← J + (|J_k| − J)/16 "
        "over them; over several rounds, each from 0, their median is given. Packet delay variation is R_k − min R, "
        "and the spread is q99(R) − q50(R); in both an unanswered window counts as infinitely late. All are steadier "
        "nearer to zero; as the low end of J is better when higher and the high end when lower, the metric as a whole "
        "has no direction. A closed loop has no period and gives n/a."
    ),
    statistics=STATISTICS,
    compute=_compute,
)
