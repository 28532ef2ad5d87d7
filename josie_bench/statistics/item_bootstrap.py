"""Intervals of corpus figures: items drawn again, those of one speaker or dialogue together.

A corpus figure is no mean of its items' figures (a word error rate is errors over words, of all items), so that it has
no interval but from drawing again (Efron, 1979; by clusters Davison and Hinkley, 1997; for word errors Bisani and Ney,
2004). Items of one cluster err alike. Below 20 clusters an interval from clusters is too narrow to be of use; then
items are drawn, and the method says that what differs between clusters is not in it. Below 20 items there is none, nor
where every draw gives the same: items that are alike say nothing of those that were not drawn.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from josie_bench.statistics.proportion import wilson
from josie_bench.terms.item_counts import ItemCounts
from josie_bench.terms.score import OF_ITEMS, Interval, Score, missing

Floats = NDArray[np.float64]
OfSums = Callable[[Floats], float]

FEWEST = 20  # clusters, or items, of which an interval is made
DRAWS = 2_000
SEED = 20_261_125
LEVEL = 0.95
ROUNDING = 1e-9  # 0.05 × 400 is 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """How items are drawn again.

    Attributes:
        place: `[items]` the unit that each is drawn with.
        units: how many there are.
        method: what was drawn, in words.
    """

    place: NDArray[np.int64]
    units: int
    method: str

    def weights(self, draws: int, seed: int) -> Iterator[Floats]:
        """Yield `[items]` how often each came in a draw."""
        generator, even = np.random.default_rng(seed), np.full(self.units, 1.0 / self.units)
        for _ in range(draws):
            yield generator.multinomial(self.units, even)[self.place].astype(np.float64)


def drawing_of(clusters: Sequence[str]) -> Drawing | None:
    """Return how items are drawn, given the cluster of each; None where there are too few."""
    place = np.unique(np.array(clusters, dtype=np.str_), return_inverse=True)[1].astype(np.int64)
    count, items = int(place.max(initial=-1)) + 1, len(place)
    if count >= FEWEST:
        return Drawing(place=place, units=count, method=f"bootstrap over {count} clusters")
    if items < FEWEST:
        return None
    within = "one cluster" if count == 1 else f"{count} clusters"
    return Drawing(place=np.arange(items), units=items, method=f"bootstrap over {items} items, within {within}")


def bootstrap_interval(
    statistic: Callable[[Floats], float],
    clusters: Sequence[str],
    level: float = LEVEL,
    *,
    draws: int = DRAWS,
    seed: int = SEED,
) -> Interval | None:
    """Return the two-sided percentile interval of a statistic, or None where there are too few items or all are alike.

    Args:
        statistic: the figure, given `[items]` how often each item counts.
        clusters: `[items]`.
        level: of the interval.
        draws: how often to draw.
        seed: of the draws.
    """
    drawing = drawing_of(clusters)
    if drawing is None:
        return None
    return percentile_interval([statistic(weights) for weights in drawing.weights(draws, seed)], drawing.method, level)


def percentile_interval(drawn: Sequence[float], method: str, level: float = LEVEL) -> Interval | None:
    """Return the interval between the tails of what was drawn; what is no number counts as the most there is.

    None where every draw gave the same: an interval without width would say what nobody saw.
    """
    found, tail = np.sort(drawn), (1.0 - level) / 2.0
    if found[0] == found[-1]:
        return None
    low = found[math.floor(tail * len(found) + ROUNDING)]
    high = found[math.ceil((1.0 - tail) * len(found) - ROUNDING) - 1]
    sides = [float(side) if math.isfinite(side) else None for side in (low, high)]
    return Interval(level=level, low=sides[0], high=sides[1], method=method)


def corpus_score(
    items: ItemCounts, of_sums: OfSums, level: float = LEVEL, *, draws: int = DRAWS, seed: int = SEED
) -> Score:
    """Return a corpus figure with its interval, or why there is none.

    Args:
        items: what was counted.
        of_sums: the figure, given `[names]` the sums of the counts; NaN where they allow none.
        level: of the two-sided interval.
        draws: how often to draw.
        seed: of the draws.
    """
    if not items.item:
        return missing("no_samples", "there was no item to judge")
    value = of_sums(items.sums())
    if not math.isfinite(value):
        return missing("no_samples", "the items hold nothing to count", n=len(items.item))
    interval = bootstrap_interval(
        lambda weights: of_sums(weights @ items.counts), items.cluster, level, draws=draws, seed=seed
    )
    return Score(
        value=value,
        n=len(items.item),
        interval=interval,
        clusters=len(set(items.cluster)),
        clusters_are=OF_ITEMS,
    )


def share_of(items: ItemCounts, units: int, named: str) -> Score:
    """Return a share with its interval: of 0 or 1, which drawing again would give no width, that of Wilson.

    Args:
        items: what counted, beside a column of all.
        units: how many are taken for one event each where all are alike; 0 where there are too few for an interval.
        named: what they are, in words.
    """
    score = corpus_score(items, mean_of)
    if not units or score.value not in (0.0, 1.0):
        return score
    low, high = wilson(units if score.value else 0, units, LEVEL)
    return replace(score, interval=Interval(level=LEVEL, low=low, high=high, method=f"Wilson over {named}, all alike"))


def mean_of(sums: Floats) -> float:
    """Return the first sum over the second: the mean of a figure beside a column of ones."""
    return float(sums[0] / sums[1]) if sums[1] else math.nan
