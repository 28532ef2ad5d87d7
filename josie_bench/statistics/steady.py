"""Whether a series of windows holds one level: its start, its trend, and where it changes.

A change counts only if it is both beyond chance and large. Beyond chance is told from ranks, so that a few slow windows
weigh no more than others, and with what windows in a row have in common taken out: the scatter about the levels found,
times the inflation τ of `effective_size`. Large is more than 5 % of the lower level, and more than the caller's floor.

- *Levels*: the largest deviation of the cumulated ranks splits the series where it exceeds what a Brownian bridge does
  by chance (Kolmogorov's distribution); both parts are looked at in turn. A level holds a tenth of the series and 30
  windows at least: what is shorter is a burst, and stays in the tail. Series worth less than 50 windows are not split.
- *Trend*: Spearman's correlation of batch medians with their order. There are 20 batches, or fewer where windows are so
  alike that a batch would hold less than 4 independent ones; below 8 there is no test.
- *Start*: MSER-5 (White, 1997) says how many windows would have to be cut off for the mean of the rest to be surest.
  More than a quarter is not a start but a trial that never settled. It is told only of a series with a change, for in a
  steady one the cut is a matter of chance: of 200 series of 200 windows at ρ = 0.9, 33 are cut by more than a quarter.

Nominally chance finds a change in 0.5 % of steady trials, shared between both tests; dependence that is estimated from
the same windows makes it more: of simulated trials, exp(0.3·AR(1)) of 200 or 1,000 windows with ρ up to 0.9, at most
2 % are called unsteady. A step by 20 % half-way through exp(0.1·AR(1)) is found in five of six trials of 200 windows at
ρ = 0.5, in nearly all of 400, and in 60 % of 1,000 at ρ = 0.9 (`nox -s slow` holds these figures). Levels that come and
go many times are not told from windows that are alike; they widen intervals instead.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import special

from josie_bench.statistics.effective_size import inflation

Floats = NDArray[np.float64]

FEWEST_WINDOWS = 100
SHORTEST_SHARE, SHORTEST = 0.1, 30
MARGIN = 0.05
CHANCE = 0.005
FEWEST_INDEPENDENT = 50
BATCHES, FEWEST_BATCHES, INDEPENDENT_IN_BATCH = 20, 8, 4
MSER_BATCH = 5
LARGEST_CUT = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Regime:
    """Windows `first` to `last`, counted from 0 in the series, whose median is `level`."""

    first: int
    last: int
    level: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Steadiness:
    """What a series does over its length.

    Attributes:
        regimes: in order; a single one where the level holds.
        drift: the change over the whole series that a trend makes, in the series' unit; None where there is none.
        cut: how many windows MSER-5 would cut off at the start.
        n: how many there are.
    """

    regimes: tuple[Regime, ...]
    drift: float | None
    cut: int
    n: int

    @property
    def is_steady(self) -> bool:
        """Whether it holds one level and has no trend."""
        return len(self.regimes) == 1 and self.drift is None

    @property
    def settles(self) -> bool:
        """Whether no more than a quarter of it would have to be cut off."""
        return self.is_steady or self.cut <= LARGEST_CUT * self.n


def steadiness(values: Floats, *, floor: float = 0.0, tests: int = 1) -> Steadiness | None:
    """Return what `values` do over their length; None where fewer than `FEWEST_WINDOWS` cannot tell.

    Args:
        values: `[windows]` in order of arrival; +inf marks one that never ended.
        floor: no change up to this counts, whatever the median.
        tests: how many series are asked of one trial; chance is shared among them.
    """
    if len(values) < FEWEST_WINDOWS:
        return None
    chance = CHANCE / (2 * tests)  # of levels and of the trend
    edges = [0, *_changes(values, 0, floor, chance), len(values)]
    regimes = tuple(
        Regime(first=begin, last=end - 1, level=float(np.median(values[begin:end]))) for begin, end in pairwise(edges)
    )
    return Steadiness(regimes=regimes, drift=_drift(values, floor, chance), cut=mser_cut(values), n=len(values))


def mser_cut(values: Floats) -> int:
    """Return how many windows MSER-5 cuts off at the start, at most half of them.

    That is the d with the least Σ_{i≥d} (y_i − ȳ_d)² / (m − d)² over the means y of batches of five.

    Args:
        values: `[windows]` in order of arrival; those that never ended are passed over.
    """
    finite = values[np.isfinite(values)]
    count = len(finite) // MSER_BATCH
    if count < 2:
        return 0
    means = finite[: count * MSER_BATCH].reshape(count, MSER_BATCH).mean(axis=1)
    left = np.arange(count, 0, -1)
    total, squares = np.cumsum(means[::-1])[::-1], np.cumsum(means[::-1] ** 2)[::-1]
    error = (squares - total**2 / left) / left**2
    return int(np.argmin(error[: count // 2 + 1])) * MSER_BATCH


def trendless_ranks(values: Floats) -> Floats:
    """Return the ranks of two `values` or more, ties shared, less their line over the order of arrival."""
    ranks = _ranks(values)
    order = np.arange(len(values)) - (len(values) - 1) / 2.0
    return ranks - order * (ranks @ order) / (order @ order)


def _changes(values: Floats, offset: int, floor: float, chance: float) -> list[int]:
    """Return where new levels begin, by binary segmentation."""
    n = len(values)
    shortest = max(SHORTEST, math.ceil(SHORTEST_SHARE * n))
    if n < 2 * shortest:
        return []
    cumulated = np.cumsum(_ranks(values))
    place, about = _split(values, cumulated, shortest)
    inflated = inflation(about)
    scatter = math.sqrt(float(np.sum(about**2)) * inflated)
    is_chance = abs(cumulated[place - 1]) <= scatter * special.kolmogi(chance)
    if n / inflated < FEWEST_INDEPENDENT or is_chance:
        return []
    if not _is_large(float(np.median(values[:place])), float(np.median(values[place:])), floor):
        return []
    before = _changes(values[:place], offset, floor, chance)
    after = _changes(values[place:], offset + place, floor, chance)
    return [*before, offset + place, *after]


def _split(values: Floats, cumulated: Floats, shortest: int) -> tuple[int, Floats]:
    """Return where the cumulated ranks go furthest, and the ranks about the levels there.

    A level that comes and goes makes a peak and a trough: both edges are taken out, or it would look like dependence.
    """
    inner = slice(shortest - 1, len(values) - shortest)
    edges = sorted({int(np.argmax(cumulated[inner])) + shortest, int(np.argmin(cumulated[inner])) + shortest})
    place = max(edges, key=lambda edge: abs(float(cumulated[edge - 1])))
    if edges[-1] - edges[0] < shortest:
        edges = [place]
    parts = np.split(_ranks(values), edges)
    return place, np.concatenate([part - part.mean() for part in parts])


def _drift(values: Floats, floor: float, chance: float) -> float | None:
    count = min(BATCHES, int(len(values) / (inflation(trendless_ranks(values)) * INDEPENDENT_IN_BATCH)))
    if count < FEWEST_BATCHES:
        return None
    medians = np.array([np.median(batch) for batch in np.array_split(values, count)])
    places, steps = _ranks(medians), np.arange(count) - (count - 1) / 2.0
    spread = float(np.sqrt((places @ places) * (steps @ steps)))
    rho = float(places @ steps) / spread if spread else 0.0
    if abs(rho) < 1.0:
        t = abs(rho) * math.sqrt((count - 2) / (1.0 - rho**2))
        if 2.0 * special.stdtr(count - 2, -t) >= chance:
            return None
    third = max(1, count // 4)
    begin, end = float(np.median(medians[:third])), float(np.median(medians[-third:]))
    return end - begin if _is_large(begin, end, floor) else None


def _is_large(one: float, other: float, floor: float) -> bool:
    least = min(one, other)
    return math.isfinite(least) and abs(other - one) > max(floor, MARGIN * abs(least))


def _ranks(values: Floats) -> Floats:
    """Return the ranks of `values`, ties shared, less their mean."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    shared = np.cumsum(counts) - (counts - 1) / 2.0
    return np.asarray(shared[place] - (len(values) + 1) / 2.0, dtype=np.float64)
