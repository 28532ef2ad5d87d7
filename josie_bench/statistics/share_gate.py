"""A gate as a bound on a share of windows: `response_latency.p99 < 300 ms` says that fewer than 1 % take longer."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from josie_bench.statistics.looks import OPEN, samples_to_settle, settle
from josie_bench.statistics.proportion import ratio_score
from josie_bench.statistics.series import compute_ns, response_ns
from josie_bench.terms.budget import Budget
from josie_bench.terms.quantity import convert
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Interval
from josie_bench.terms.timebase import ns_from_ms

RESPONSE, COMPUTE = "response_latency", "compute_time"
MISSES = "deadline_miss_ratio"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareGate:
    """What must hold of the share of windows that take longer than a bound.

    Attributes:
        series: `response_latency` or `compute_time`: what of a window is held against the bound.
        bound_ms: None where it is each window's own hop.
        limit: of the share.
        is_upper: whether the share must lie below the limit rather than above it.
    """

    series: str
    bound_ms: float | None
    limit: float
    is_upper: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a gate stands: `decision` as of `looks.settle`, and how many windows settle it if the share stays what it is.

    `needed` is None where no number would, or where nothing is known yet.
    """

    decision: str
    needed: int | None


def share_gate(budget: Budget, deadline_ms: float) -> ShareGate | None:
    """Return the budget as a bound on a share, or None where it is none: of a mean, a maximum, memory."""
    is_upper = budget.relation.startswith("<")
    if budget.metric == MISSES:
        bound_ms = deadline_ms if budget.statistic == "budget" else None
        limit = convert(budget.limit, budget.unit, "ratio")
        return ShareGate(series=RESPONSE, bound_ms=bound_ms, limit=limit, is_upper=is_upper)
    p = _percentile(budget.statistic)
    if budget.metric not in (RESPONSE, COMPUTE) or p is None:
        return None
    bound_ms = convert(budget.limit, budget.unit, "ms")
    return ShareGate(series=budget.metric, bound_ms=bound_ms, limit=1.0 - p, is_upper=is_upper)


def _percentile(statistic: str) -> float | None:
    try:
        return float(statistic.removeprefix("p")) / 100.0 if statistic.startswith("p") else None
    except ValueError:
        return None


def standing(gate: ShareGate, recording: Recording, level: float) -> Standing:
    """Return how the gate stands after what was recorded, by the share's interval on n_eff.

    Args:
        gate: of the recording's case.
        recording: of all its rounds so far.
        level: of the two-sided interval.
    """
    taken, rows = _series(gate, recording)
    if not len(taken):
        return Standing(decision=OPEN, needed=None)
    bound = recording.hop_ns[rows] if gate.bound_ms is None else ns_from_ms(gate.bound_ms)
    flags = taken > bound
    score = ratio_score(flags, taken, level, runs=recording.runs(rows), sessions=recording.sessions_of(rows))
    independent = samples_to_settle(float(np.mean(flags)), gate.limit, is_upper=gate.is_upper)
    return Standing(
        decision=_decision(score.interval, gate),
        needed=None if independent is None else math.ceil(independent * score.n / (score.n_eff or score.n)),
    )


def _decision(interval: Interval | None, gate: ShareGate) -> str:
    if interval is None or interval.low is None or interval.high is None:
        return OPEN
    return settle(interval.low, interval.high, gate.limit, is_upper=gate.is_upper)


def _series(gate: ShareGate, recording: Recording) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return what is held against the bound and of which rows; nothing where a closed loop has no response."""
    if gate.series == COMPUTE:
        return compute_ns(recording), recording.answered()
    if not recording.is_open_loop:
        return np.zeros(0), np.zeros(len(recording.window), dtype=np.bool_)
    return response_ns(recording), recording.measured()
