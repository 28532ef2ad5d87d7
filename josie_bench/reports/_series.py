"""What the charts show of a recording: few points, all of them real ones, and the tail whole."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from josie_bench.statistics.effective_size import sessions_effective_size
from josie_bench.statistics.order_statistics import quantile
from josie_bench.statistics.proportion import clopper_pearson
from josie_bench.statistics.series import as_ms
from josie_bench.terms.quantity import DURATION_MS
from josie_bench.terms.recording import Ints, Recording
from josie_bench.terms.timebase import ms_from_ns, ns_from_ms

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

KEPT_TOP = 100
BODY_POINTS = 150
BINS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """The measured windows of a trial in order of arrival.

    Attributes:
        minutes: `[windows]` when each closed, from the close of the first.
        value_ms: `[windows]` response in an open loop, compute time in a closed one; +inf where no answer came.
        window: `[windows]` its index.
        is_missed: `[windows]` answered, but after the deadline; never in a closed loop.
        round: `[windows]` in which of the case's rounds.
    """

    minutes: Floats
    value_ms: Floats
    window: NDArray[np.int64]
    is_missed: Bools
    round: NDArray[np.int64]

    @property
    def is_unanswered(self) -> Bools:
        """Return `[windows]` which got no answer before the trial ended."""
        return ~np.isfinite(self.value_ms)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """Some windows of one round in a row: when they came, the median and the largest value, None where infinite."""

    round: int
    minutes: float
    median_ms: float | None
    max_ms: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TailPoint:
    """`share` of all windows took `value_ms` or longer; its 95 % interval runs from `low` to `high`."""

    value_ms: float
    share: float
    low: float
    high: float


def timeline(recording: Recording) -> Timeline:
    """Return the measured windows of `recording`."""
    rows = recording.measured()
    begin_ns = recording.scheduled_ns if recording.is_open_loop else recording.started_ns
    took_ms = as_ms((recording.finished_ns - begin_ns)[rows])
    value_ms = np.where(recording.is_answered[rows], took_ms, math.inf)
    closes = recording.scheduled_ns[rows]
    since = closes - (closes[0] if len(closes) else 0)
    late_ns = recording.finished_ns - recording.scheduled_ns > ns_from_ms(recording.deadline_ms)
    return Timeline(
        minutes=np.array([ms_from_ns(ns) / DURATION_MS["min"] for ns in since.tolist()], dtype=np.float64),
        value_ms=value_ms,
        window=recording.window[rows],
        is_missed=(late_ns & recording.is_answered & recording.is_open_loop)[rows],
        round=recording.round_of_each()[rows],
    )


def binned(line: Timeline, most: int = BINS) -> list[Bin]:
    """Return at most `most` bins of equally many windows, or one a round; every window lies in one, of its round."""
    bins = []
    for index in np.unique(line.round).tolist():
        rows = np.flatnonzero(line.round == index)
        share = max(1, most * len(rows) // len(line.round))
        edges = np.unique(np.linspace(0, len(rows), min(share, len(rows)) + 1).round().astype(np.int64))
        for start, stop in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
            bins.append(_bin(line, rows[start:stop], index))
    return bins


def _bin(line: Timeline, rows: NDArray[np.intp], index: int) -> Bin:
    values = line.value_ms[rows]
    return Bin(
        round=index,
        minutes=float(line.minutes[rows].mean()),
        median_ms=_finite(quantile(values, 0.5)),
        max_ms=_finite(float(values.max())),
    )


def tail(
    value_ms: Floats, mark_ms: float | None = None, runs: Ints | None = None, sessions: Ints | None = None
) -> list[TailPoint]:
    """Return the share of windows that took a time or longer, thinned, in order of time.

    The slowest hundred are all kept, and below them ever fewer; so are the neighbours of `mark_ms`, so that what is
    read off there is exact. Windows without an answer count, but have no point: the curve ends above them.

    Args:
        value_ms: `[windows]` in order of arrival, +inf where no answer came.
        mark_ms: where the curve is going to be read, such as the deadline.
        runs: `[windows]` the run that each belongs to; one run if not given.
        sessions: `[windows]` which of several sessions each is of; one session if not given.
    """
    ordered = np.sort(value_ms)
    count = len(ordered)
    ranks = set(kept_ranks(count))
    if mark_ms is not None:
        within = int(np.searchsorted(ordered, mark_ms, side="right"))
        ranks |= {count - place for place in (within - 1, within) if 0 <= place < count}
    points = [(rank, float(ordered[count - rank])) for rank in sorted(ranks, reverse=True)]
    return [_tail_point(value_ms, rank, value, runs, sessions) for rank, value in points if math.isfinite(value)]


def _tail_point(value_ms: Floats, rank: int, value: float, runs: Ints | None, sessions: Ints | None) -> TailPoint:
    """Return the point of the value of this rank, 1 being the largest."""
    n = len(value_ms)
    n_eff = sessions_effective_size(value_ms, value_ms >= value, runs, sessions)
    low, high = clopper_pearson(n_eff * (rank / n), n_eff)  # in this order never above n_eff
    return TailPoint(value_ms=value, share=rank / n, low=low, high=high)


def kept_ranks(count: int, top: int = KEPT_TOP, body: int = BODY_POINTS) -> list[int]:
    """Return which ranks are drawn, 1 being the largest value: the first `top` all, the rest evenly on a log scale."""
    if count <= top + body:
        return list(range(1, count + 1))
    spread = np.geomspace(top + 1, count, body).round().astype(np.int64)
    return [*range(1, top + 1), *dict.fromkeys(spread.tolist())]


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
