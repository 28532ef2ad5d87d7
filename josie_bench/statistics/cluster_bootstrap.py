"""Intervals from runs drawn again: what differs from process to process is in them, whatever its cause.

A draw takes as many runs as there are, with replacement, and the statistic of all their windows together (the cluster
bootstrap, Davison and Hinkley, 1997). Below 20 runs such an interval is too narrow to be of use; with 30 runs of a very
slow process (ρ = 0.9) it covers 80 %, so it is given only where it is wider than that from the effective sample size.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from josie_bench.statistics.order_statistics import nearest_rank
from josie_bench.terms.recording import Bools, Ints
from josie_bench.terms.score import RUNS, Interval

Floats = NDArray[np.float64]

FEWEST_RUNS = 20
DRAWS = 2_000
SEED = 20_261_125
AT_ONCE = 4_000_000  # elements of one block of draws: 32 MB of counts


def run_count(runs: Ints | None) -> int:
    """Return how many runs there are."""
    return 1 if runs is None else len(np.unique(runs))


def wider(own: Interval, runs: Ints | None, bootstrapped: Interval | None, noun: str = RUNS) -> Interval:
    """Return the wider of both intervals, and let its method say what it was taken over."""
    count = run_count(runs)
    if bootstrapped is None:
        return replace(own, method=f"{own.method}, within {_counted(count, noun)}")
    if _width(bootstrapped) > _width(own):
        return replace(bootstrapped, method=f"{bootstrapped.method}, wider than: {own.method}")
    return replace(own, method=f"{own.method}, wider than: {bootstrapped.method}")


def wider_over_sessions(own: Interval, drawn: Interval | None) -> Interval:
    """Return the wider of an interval and one from sessions drawn again; the first where these are too few to draw."""
    if drawn is None or _width(drawn) <= _width(own):
        return own
    return replace(drawn, method=f"{drawn.method}, wider than: {own.method}")


def quantile_bootstrap(
    values: Floats,
    p: float,
    level: float,
    runs: Ints | None,
    *,
    noun: str = RUNS,
    draws: int = DRAWS,
    seed: int = SEED,
) -> Interval | None:
    """Return the percentile interval of the nearest-rank p-quantile over drawn runs; None below `FEWEST_RUNS`.

    Args:
        values: `[windows]`; +inf marks one that never ended.
        p: which quantile.
        level: of the two-sided interval.
        runs: `[windows]` the run that each belongs to; one run if None.
        noun: what `runs` are.
        draws: how often to draw.
        seed: of the draws.
    """
    if runs is None or run_count(runs) < FEWEST_RUNS:
        return None
    order = np.argsort(values, kind="stable")
    ordered, place = values[order], np.unique(runs, return_inverse=True)[1][order]
    found = []
    for weights in _drawn(runs, draws, seed):
        at_or_below = np.cumsum(weights[:, place], axis=1)
        ranks = [nearest_rank(int(total), p) for total in at_or_below[:, -1]]
        found.append(ordered[[int(np.searchsorted(row, rank)) for row, rank in zip(at_or_below, ranks, strict=True)]])
    return _interval(np.concatenate(found), level, run_count(runs), noun)


def ratio_bootstrap(
    flags: Bools, level: float, runs: Ints | None, *, noun: str = RUNS, draws: int = DRAWS, seed: int = SEED
) -> Interval | None:
    """Return the percentile interval of the share of `flags`, `[windows]`, over drawn runs; as `quantile_bootstrap`."""
    if runs is None or run_count(runs) < FEWEST_RUNS:
        return None
    place = np.unique(runs, return_inverse=True)[1]
    counted, sizes = np.bincount(place, weights=flags), np.bincount(place)
    shares = [(weights @ counted) / (weights @ sizes) for weights in _drawn(runs, draws, seed)]
    return _interval(np.concatenate(shares), level, run_count(runs), noun)


def _drawn(runs: Ints, draws: int, seed: int) -> Iterator[Ints]:
    """Yield blocks of `[draws, runs]`: how often each run was drawn."""
    count, generator = run_count(runs), np.random.default_rng(seed)
    block = max(1, AT_ONCE // len(runs))
    for begin in range(0, draws, block):
        yield generator.multinomial(count, np.full(count, 1.0 / count), size=min(block, draws - begin))


def _interval(found: Floats, level: float, count: int, noun: str) -> Interval:
    ordered = np.sort(found)
    tail = (1.0 - level) / 2.0
    low, high = ordered[math.floor(tail * len(ordered))], ordered[math.ceil((1.0 - tail) * len(ordered)) - 1]
    sides = (float(side) if math.isfinite(side) else None for side in (low, high))
    return Interval(level=level, low=next(sides), high=next(sides), method=f"bootstrap over {count} {noun}")


def _counted(count: int, noun: str) -> str:
    return f"one {noun.removesuffix('s')}" if count == 1 else f"{count} {noun}"


def _width(interval: Interval) -> float:
    return math.inf if interval.low is None or interval.high is None else interval.high - interval.low
