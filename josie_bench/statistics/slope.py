"""How fast a series rises: the slope through the middles of equal stretches of time, and how sure it is.

It is the median of the slopes of all pairs of these middles (Theil 1950, Sen 1968), so that a step or a peak is none.
Its interval is Sen's, from Kendall's statistic, which takes stretches as independent of each other. Windows that are
alike for long would make it too narrow: there are fewer stretches then, or no slope.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from josie_bench.statistics.effective_size import inflation
from josie_bench.statistics.steady import trendless_ranks
from josie_bench.terms.score import Interval, Score, missing

Floats = NDArray[np.float64]
Middle = Callable[[Floats], np.floating]

STRETCHES, FEWEST_STRETCHES = 20, 8
INDEPENDENT_IN_STRETCH = 4
LEAST_MINUTES = 1.0
LEVEL = 0.95


def slope_score(minutes: Floats, values: Floats, *, stretches: int = STRETCHES, middle: Middle = np.median) -> Score:
    """Return by how much a series rises a minute, or why that is not known.

    Args:
        minutes: `[samples]` when each was taken, from the begin; at least a minute of them, and one for each stretch.
        values: `[samples]`; +inf marks one that never ended.
        stretches: into so many of equal length the time is cut; those without a sample are left out.
        middle: returns what a stretch counts by.
    """
    n = len(minutes)
    if _is_short(minutes, stretches):
        detail = f"a slope takes {LEAST_MINUTES:g} min of measured windows and {stretches} samples"
        return missing("too_short", detail, n=n)
    place = np.minimum(minutes / minutes.max() * stretches, stretches - 1).astype(np.int64)
    times, levels = (
        np.array([middle(series[place == index]) for index in np.unique(place)]) for series in (minutes, values)
    )
    if len(levels) < FEWEST_STRETCHES:
        return missing("too_short", f"only {len(levels)} of {stretches} stretches of the time have a sample", n=n)
    if not np.isfinite(levels).all():
        return missing("censored", "of a stretch of the time too few windows were answered before the trial ended", n=n)
    slope, _, low, high = stats.theilslopes(levels, times, alpha=LEVEL)
    method = f"Theil and Sen over the {middle.__name__}s of {len(levels)} stretches, after Kendall"
    interval = Interval(level=LEVEL, low=float(low), high=float(high), method=method)
    return Score(value=float(slope), n=n, interval=interval)


def slope_of_windows(minutes: Floats, values: Floats, *, middle: Middle = np.median) -> Score:
    """Return by how much a series of windows rises a minute, in stretches that are worth four independent ones each.

    Args:
        minutes: `[windows]` as of `slope_score`, in order.
        values: likewise.
        middle: likewise.
    """
    n = len(values)
    if _is_short(minutes, STRETCHES):
        return slope_score(minutes, values)
    inflated = inflation(trendless_ranks(values))
    stretches = min(STRETCHES, int(n / (INDEPENDENT_IN_STRETCH * inflated)))
    if stretches < FEWEST_STRETCHES:
        needed = math.ceil(FEWEST_STRETCHES * INDEPENDENT_IN_STRETCH * inflated)
        detail = f"{n} windows, worth {n / inflated:.0f} independent ones, make no slope: {needed} can"
        return missing("insufficient_samples", detail, n=n, needed=needed)
    return replace(slope_score(minutes, values, stretches=stretches, middle=middle), n_eff=n / inflated)


def _is_short(minutes: Floats, stretches: int) -> bool:
    return len(minutes) < stretches or bool(minutes.max() < LEAST_MINUTES)
