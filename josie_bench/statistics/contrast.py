"""How much a figure changes from one model to another that was trained beside it, over items and seeds.

Both did the same items, and each seed gave a pair of models. What differs between seeds and what differs between items
both count: the variance of the change is s²/S over the S seeds plus that of the change of all seeds' sums over items
drawn again, and its interval takes Student's t with the degrees of freedom that Satterthwaite gives such a sum (1946).
What only one item in one seed has is in both, so that the interval is rather too wide. From one seed there is no
variance; then it is that of the items alone, and says so. Where everything that could be drawn again says the same, as
where neither side has an item right, there is none: an interval without width would promise what nobody looked at.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student

from josie_bench.statistics.item_bootstrap import DRAWS, LEVEL, ROUNDING, SEED, Drawing, Floats, OfSums, drawing_of
from josie_bench.terms.item_counts import ItemCounts, paired
from josie_bench.terms.score import Interval

Change = Callable[[float, float], float]


def difference(before: float, after: float) -> float:
    """Return what is more."""
    return after - before


def relative(before: float, after: float) -> float:
    """Return what is more, as a share of what was before; NaN of nothing."""
    return (after - before) / before if before else math.nan


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """Two models of each seed on the same items.

    Attributes:
        before, after: `[seeds, items, names]` what was counted.
        of_sums: the figure, given `[names]`.
        drawing: how items are drawn again; None where there are too few.
    """

    before: Floats
    after: Floats
    of_sums: OfSums
    drawing: Drawing | None

    @property
    def figures(self) -> tuple[float, float]:
        """Those of all seeds together, before and after."""
        before, after = (self.of_sums(side.sum(axis=(0, 1))) for side in (self.before, self.after))
        return before, after

    def change(self, how: Change) -> float:
        """Return the change of the figure of all seeds together."""
        return how(*self.figures)

    def interval(self, how: Change, level: float = LEVEL, *, draws: int = DRAWS, seed: int = SEED) -> Interval | None:
        """Return its interval, or None where items are too few, all say the same, or some draws allow no figure."""
        if self.drawing is None:
            return None
        totals = self.before.sum(axis=0), self.after.sum(axis=0)
        drawn = np.array(
            [how(*(self.of_sums(weights @ total) for total in totals)) for weights in self.drawing.weights(draws, seed)]
        )
        if not np.isfinite(drawn).all():
            return None
        if len(self.before) == 1:
            return _percentiles(drawn, level, f"{self.drawing.method}, within one seed")
        each = [
            how(self.of_sums(one.sum(axis=0)), self.of_sums(two.sum(axis=0)))
            for one, two in zip(self.before, self.after, strict=True)
        ]
        return interval_over_seeds(self.change(how), each, level, items=float(drawn.var(ddof=1)), drawing=self.drawing)


def pairs_of(before: Sequence[ItemCounts], after: Sequence[ItemCounts], of_sums: OfSums) -> Pairs:
    """Return the counts of two models of each seed, all on the same items.

    Raises:
        UsageError: they are not of the same items.
    """
    first = before[0]
    stacked = [np.stack([paired(first, each).counts for each in side]) for side in (before, after)]
    return Pairs(before=stacked[0], after=stacked[1], of_sums=of_sums, drawing=drawing_of(first.cluster))


def interval_over_seeds(
    change: float, each: Sequence[float], level: float = LEVEL, *, items: float = 0.0, drawing: Drawing | None = None
) -> Interval | None:
    """Return the interval of a change by Student's t, or None below two seeds, where one has no change or all the same.

    Args:
        change: of all seeds.
        each: of every seed.
        level: of the interval.
        items: the change's variance over items drawn again.
        drawing: of these; None where nothing was drawn.
    """
    count = len(each)
    if count < 2 or not all(map(math.isfinite, each)):
        return None
    seeds = float(np.var(each, ddof=1)) / count
    method = f"t over {count} seeds"
    freedom = float(count - 1)
    if drawing is not None:
        method = f"{drawing.method}, and {method}"
        parts = seeds**2 / (count - 1) + items**2 / (drawing.units - 1)
        freedom = (seeds + items) ** 2 / parts if parts else freedom
    half = float(student.ppf(0.5 + level / 2.0, freedom)) * math.sqrt(seeds + items)
    return _with_width(Interval(level=level, low=change - half, high=change + half, method=method))


def _percentiles(drawn: Floats, level: float, method: str) -> Interval | None:
    ordered, tail = np.sort(drawn), (1.0 - level) / 2.0
    low = ordered[math.floor(tail * len(ordered) + ROUNDING)]
    high = ordered[math.ceil((1.0 - tail) * len(ordered) - ROUNDING) - 1]
    return _with_width(Interval(level=level, low=float(low), high=float(high), method=method))


def _with_width(interval: Interval) -> Interval | None:
    assert interval.low is not None
    assert interval.high is not None
    return None if math.isclose(interval.low, interval.high, abs_tol=ROUNDING) else interval
