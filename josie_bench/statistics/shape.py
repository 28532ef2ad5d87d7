"""What the shape of a series of times says: two levels, a ramp, or slow windows at even distances.

Series are `[windows]` of times above zero, in order of arrival and of any unit, which levels and changes have too. Each
finding needs evidence that chance gives in less than one of a thousand series, dependent ones included: what is
dependent counts as fewer windows, τ of `effective_size` for one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from josie_bench.statistics.effective_size import correlation_time

Floats = NDArray[np.float64]

CHANCE = 1e-4
LEAST_WINDOWS = 40
SMALLEST_GROUP = 0.05
LEAST_EFFECT = 0.05  # of the median: what is smaller matters to nobody
VALLEY = 0.5  # of the lower of two levels' counts
MOST_BATCHES, LEAST_BATCHES = 20, 8
RAMP_LEVEL = 0.9999
SPIKE_SPREADS = 4.0
NORMAL_SPREAD = 1.4826  # of a normal series' median absolute deviation is its standard deviation
LEAST_SPIKES = 6
CLUMP = 2  # windows within which two spikes are one event
EVENNESS = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class TwoLevels:
    """A series that jumps between two levels.

    Attributes:
        low, high: the medians of the two.
        split: what lies above belongs to the high one.
        high_share: of the windows.
        chance: how likely a series of one level looks so.
    """

    low: float
    high: float
    split: float
    high_share: float
    chance: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Ramp:
    """A series that rises or falls throughout: its change from begin to end, with a 99.99 % interval."""

    change: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Comb:
    """Slow windows at even distances.

    Attributes:
        period: from one to the next, in windows.
        spikes: how many there are.
        even: how many of the distances between them are this period, or twice it where one is missing.
        height: of their median over the series' median.
        chance: how likely spikes at random look so.
    """

    period: float
    spikes: int
    even: int
    height: float
    chance: float


def two_levels(values: Floats) -> TwoLevels | None:
    """Return the two levels of a series, or None where one explains it.

    Whatever has one peak has, between two places, at least as many values as around the rarer of the two. So the
    count in the middle between the groups' medians is held against the counts around these, in stretches of one width.
    """
    if len(values) < LEAST_WINDOWS:
        return None
    in_order = np.log(values)
    logs = np.sort(in_order)
    cut = _best_cut(logs)
    low, high = float(np.median(logs[:cut])), float(np.median(logs[cut:]))
    width = (high - low) / 3.0
    if width <= 0.0 or np.expm1(high - low) < LEAST_EFFECT:
        return None
    around = [int((np.abs(logs - at) <= width / 2.0).sum()) for at in (low, (low + high) / 2.0, high)]
    independent = 1.0 / correlation_time(in_order - in_order.mean())
    lower, middle = (int(count * independent) for count in (min(around[0], around[2]), around[1]))
    chance = float(stats.binom.cdf(middle, lower + middle, 0.5)) if lower else 1.0
    if chance >= CHANCE or around[1] > VALLEY * min(around[0], around[2]):
        return None
    split = float(np.exp((low + high) / 2.0))
    return TwoLevels(
        low=float(np.exp(low)),
        high=float(np.exp(high)),
        split=split,
        high_share=float((values > split).mean()),
        chance=chance,
    )


def _best_cut(ordered: Floats) -> int:
    """Return where to cut an ordered series so that the two parts' means lie furthest apart for their sizes."""
    count = len(ordered)
    least = max(1, int(np.ceil(SMALLEST_GROUP * count)))
    cuts = np.arange(least, count - least + 1)
    sums = np.cumsum(ordered)
    below, above = sums[cuts - 1] / cuts, (sums[-1] - sums[cuts - 1]) / (count - cuts)
    return int(cuts[np.argmax(cuts * (count - cuts) * (above - below) ** 2)])


def ramp(values: Floats) -> Ramp | None:
    """Return the change of a series that trends, by the slope of Theil (1950) and Sen (1968) over medians of batches.

    None where there is no trend.

    A batch is long enough that two of them are as good as independent.
    """
    if len(values) < LEAST_WINDOWS:
        return None
    places = np.arange(len(values), dtype=np.float64)
    slope, offset = np.polyfit(places, values, 1)
    longest = correlation_time(values - (slope * places + offset))
    count = min(MOST_BATCHES, int(len(values) / (4.0 * longest)))
    if count < LEAST_BATCHES:
        return None
    medians = np.array([np.median(batch) for batch in np.array_split(values, count)])
    fit = stats.theilslopes(medians, alpha=RAMP_LEVEL)
    change, low, high = (float(side) * (count - 1) for side in (fit.slope, fit.low_slope, fit.high_slope))
    is_trend = low > 0.0 or high < 0.0
    if not is_trend or abs(change) < LEAST_EFFECT * float(np.median(values)):
        return None
    return Ramp(change=change, low=low, high=high)


def comb(values: Floats) -> Comb | None:
    """Return the period of slow windows that come at even distances, or None."""
    if len(values) < LEAST_WINDOWS:
        return None
    logs = np.log(values)
    middle = float(np.median(logs))
    spread = NORMAL_SPREAD * float(np.median(np.abs(logs - middle)))
    is_spike = logs > middle + max(SPIKE_SPREADS * spread, float(np.log1p(LEAST_EFFECT)))
    places = np.flatnonzero(is_spike)
    events = places[np.concatenate(([True], np.diff(places) > CLUMP))] if len(places) else places
    if len(events) < LEAST_SPIKES:
        return None
    distances = np.diff(events).astype(np.float64)
    period = float(np.median(distances))
    chance, even = min(_evenness(distances, period, slack) for slack in (0.0, max(1.0, EVENNESS * period)))
    if chance >= CHANCE:
        return None
    period = float(events[-1] - events[0]) / float(np.rint(distances / period).sum())
    height = float(np.exp(np.median(logs[is_spike]) - middle))
    return Comb(period=period, spikes=len(events), even=even, height=height, chance=chance)


def _evenness(distances: Floats, period: float, slack: float) -> tuple[float, int]:
    """Return how likely distances at random are as even, and how many are one period or two, give or take `slack`."""
    even = int(np.any([np.abs(distances - times * period) <= slack for times in (1, 2)], axis=0).sum())
    by_chance = min(1.0, 2.0 * (2.0 * np.floor(slack) + 1.0) / period)
    both = 2.0 * float(stats.binom.sf(even - 2, len(distances) - 1, by_chance))  # one distance is the median itself
    return min(1.0, both), even  # two kinds of slack are tried
