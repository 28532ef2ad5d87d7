"""How what is left of a task's quality falls over rising levels: its mean, its knee, and how far enough is left.

The curve is of a task's points (`retention.Task.points`): 1 is what the task has with everything. All levels are of
the same items, which are drawn again for all of them together, so that what is hard at every level is not in the
intervals. The knee is the point farthest from the chord (Satopää et al., 2011, *Finding a "Kneedle" in a Haystack*,
without smoothing): with few levels it is one of few, and its interval says how many of them it might be.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from josie_bench.statistics.item_bootstrap import DRAWS, SEED, Floats, drawing_of, percentile_interval
from josie_bench.statistics.retained import Pair
from josie_bench.statistics.retention import BAR, retention_of
from josie_bench.terms.score import Interval

FEWEST_LEVELS, FEWEST_BENT = 3, 4
FLAT = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Figured:
    """A figure and its interval; infinite where it lies beyond all levels."""

    value: float
    interval: Interval | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Falling:
    """A curve over levels that grow worse.

    Attributes:
        left: at each level.
        area, knee, until: NaN where there is none.
        n: items.
    """

    left: tuple[Figured, ...]
    area: Figured
    knee: Figured
    until: Figured
    n: int


def area(levels: Floats, left: Floats) -> float:
    """Return the mean of what is left over the range of the levels, by trapezes.

    >>> area(np.array([0.0, 1.0, 3.0]), np.array([1.0, 1.0, 0.0]))
    0.6666666666666666
    """
    return float(np.trapezoid(left, levels) / (levels[-1] - levels[0]))


def knee(levels: Floats, left: Floats) -> float:
    """Return the level at which a curve is farthest from its chord; NaN where it has fewer than four, or no bend.

    >>> knee(np.array([0.0, 1.0, 2.0, 3.0]), np.array([1.0, 1.0, 1.0, 0.0]))
    2.0
    """
    if len(levels) < FEWEST_BENT:
        return math.nan
    chord = left[0] + (left[-1] - left[0]) * (levels - levels[0]) / (levels[-1] - levels[0])
    away = np.abs(left - chord)
    return float(levels[away.argmax()]) if away.max() > FLAT else math.nan


def until(levels: Floats, left: Floats, bar: float = BAR) -> float:
    """Return the level at which what is left first falls below a bar, on straight lines between the levels.

    Minus infinity where it is below at the first, infinity where it is nowhere.

    >>> until(np.array([0.0, 1.0, 2.0]), np.array([1.0, 1.0, 0.84]))
    1.5
    """
    below = np.flatnonzero(left < bar)
    if not len(below):
        return math.inf
    place = int(below[0])
    if place == 0:
        return -math.inf
    high, low = float(left[place - 1]), float(left[place])
    return float(levels[place - 1] + (levels[place] - levels[place - 1]) * (high - bar) / (high - low))


def falling(levels: Sequence[float], pairs: Sequence[Pair], bar: float = BAR) -> Falling | None:
    """Return how a task falls; None where levels are not of the same items, or one has no quality to lose.

    Args:
        levels: rising, three or more.
        pairs: of one task, one for each level.
        bar: the share that is asked for.
    """
    items = pairs[0].whole.item
    at = np.array(levels, dtype=np.float64)
    if any(pair.whole.item != items for pair in pairs) or not np.isfinite(found := _left(pairs, None)).all():
        return None
    drawing = drawing_of(pairs[0].whole.cluster)
    drawn = [] if drawing is None else [_left(pairs, weights) for weights in drawing.weights(DRAWS, SEED)]
    method = "" if drawing is None else f"{drawing.method}, all levels together"

    def figured(of: Callable[[Floats], float]) -> Figured:
        values = [of(row) for row in drawn]
        is_known = bool(values) and not np.isnan(values).any()
        interval = percentile_interval(values, method) if is_known else None
        if interval is not None and interval.low is None and interval.high is None:
            interval = None  # anything at all
        return Figured(value=of(found), interval=interval)

    return Falling(
        left=tuple(figured(partial(_at, place)) for place in range(len(levels))),
        area=figured(lambda row: area(at, row)),
        knee=figured(lambda row: knee(at, row)),
        until=figured(lambda row: until(at, row, bar)),
        n=len(items),
    )


def _at(place: int, left: Floats) -> float:
    return float(left[place])


def _left(pairs: Sequence[Pair], weights: Floats | None) -> Floats:
    """Return the share of points that is left at each level, `[levels]`, NaN where there were none."""
    shares = [retention_of([pair.figures(weights)]).points for pair in pairs]
    return np.array([math.nan if share is None else share for share in shares], dtype=np.float64)
