"""Percentiles, extremes and means of one sample as scores: a number with its interval, or why there is none.

A sample may hold +inf for a window that was never answered: it is late by an amount nobody knows. A statistic that
would have to be infinite is `censored`, not left to the windows that did answer.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray
from scipy import special

from josie_bench.statistics.cluster_bootstrap import quantile_bootstrap, run_count, wider, wider_over_sessions
from josie_bench.statistics.effective_size import FEWEST_TO_TELL, sessions_effective_size
from josie_bench.statistics.order_statistics import LEVEL, OVER_ROUNDS, needed_samples, quantile, quantile_interval
from josie_bench.terms.recording import Ints
from josie_bench.terms.score import RUNS, SESSIONS, Interval, Score, missing

Floats = NDArray[np.float64]

PERCENTS = (50.0, 95.0, 99.0, 99.9, 99.99)


def percentile_scores(
    values: Floats,
    percents: Sequence[float] = PERCENTS,
    level: float = LEVEL,
    *,
    prefix: str = "",
    runs: Ints | None = None,
    runs_are: str = RUNS,
    sessions: Ints | None = None,
) -> dict[str, Score]:
    """Return the percentiles of `values` as scores, named like `p50` and `p99.9`.

    Args:
        values: `[samples]` in order of arrival; +inf marks one that never ended.
        percents: which percentiles, in percent.
        level: of the two-sided intervals.
        prefix: put before each name, e.g. `period.`.
        runs: `[samples]` the run that each belongs to; one run if not given.
        runs_are: what these are, where a sample comes from several sessions of one run.
        sessions: `[samples]` which of several sessions each is of, where they lie in order of arrival.
    """
    return {
        f"{prefix}p{percent:g}": _percentile_score(values, percent, level, runs, runs_are=runs_are, sessions=sessions)
        for percent in percents
    }


def max_score(values: Floats) -> Score:
    """Return the largest of `values`, `[samples]`; it has no interval, for no sample bounds what comes after it."""
    return _checked(values, float(np.max(values, initial=-math.inf)))


def mean_score(values: Floats, runs: Ints | None = None) -> Score:
    """Return the mean of `values`, with the t-interval of the runs' means where there are several.

    Windows of one trial depend on each other, so a within-run spread would make the mean look surer than it is.

    Args:
        values: `[samples]`; +inf marks one that never ended.
        runs: `[samples]` the run that each belongs to; one run if not given.
    """
    if not len(values):
        return _checked(values, math.nan)
    mean = float(np.mean(values))
    if runs is None or run_count(runs) < 2 or not math.isfinite(mean):
        return _checked(values, mean)
    place = np.unique(runs, return_inverse=True)[1]
    means = np.bincount(place, weights=values) / np.bincount(place)
    count = len(means)
    reach = float(special.stdtrit(count - 1, (1.0 + LEVEL) / 2.0) * np.std(means, ddof=1)) / math.sqrt(count)
    interval = Interval(level=LEVEL, low=mean - reach, high=mean + reach, method=f"t over the means of {count} runs")
    return replace(_checked(values, mean, interval), clusters=count)


def over_rounds_score(values: Floats) -> Score:
    """Return the median of what there is once in a round, `[rounds]`; it has an interval where they are enough."""
    is_bounded = len(values) >= needed_samples(0.5)
    interval = replace(quantile_interval(values, 0.5), method=OVER_ROUNDS) if is_bounded else None
    return _checked(values, quantile(values, 0.5) if len(values) else math.nan, interval)


def median_over_rounds(rounds: Sequence[Mapping[str, Score]]) -> dict[str, Score]:
    """Return of each statistic the median of the rounds that have it, or why the first has none; one round as it is.

    A round in which it is censored has it all the same, and without bound: it is the slowest, and not to be left out.

    Args:
        rounds: the scores of each by statistic, the same ones in all.
    """
    if len(rounds) == 1:
        return dict(rounds[0])
    values = {name: [value for one in rounds if (value := _bound(one[name])) is not None] for name in rounds[0]}
    return {
        name: over_rounds_score(np.array(known, dtype=np.float64)) if known else rounds[0][name]
        for name, known in values.items()
    }


def _bound(score: Score) -> float | None:
    return math.inf if score.na is not None and score.na.reason == "censored" else score.value


def spread_score(
    values: Floats,
    low_percent: float,
    high_percent: float,
    *,
    runs: Ints | None = None,
    sessions: Ints | None = None,
) -> Score:
    """Return the upper percentile of `values`, `[samples]` in order of arrival, minus the lower one; no interval."""
    upper = _percentile_score(values, high_percent, LEVEL, runs, sessions=sessions)
    lower = _percentile_score(values, low_percent, LEVEL, runs, sessions=sessions)
    if upper.value is None or lower.value is None:
        point = None if upper.block is None or lower.block is None else upper.block - lower.block
        return replace(upper if upper.value is None else lower, point=point)
    return Score(value=upper.value - lower.value, n=len(values))


def _percentile_score(
    values: Floats,
    percent: float,
    level: float,
    runs: Ints | None,
    *,
    runs_are: str = RUNS,
    sessions: Ints | None = None,
) -> Score:
    n = len(values)
    if n == 0:
        return _checked(values, math.nan)
    p = float(Fraction(str(percent)) / 100)  # 99.9 / 100 need not be the double nearest to 0.999
    value = quantile(values, p)
    n_eff = sessions_effective_size(values, values > value, runs, sessions)
    clusters, needed = run_count(runs), needed_samples(p, level)
    if math.isinf(value):  # at this share of unanswered ones no further sample brings it
        score = _checked(values, value)
    elif n_eff < needed:
        windows = math.ceil(needed * n / n_eff)
        worth = f"{n} samples" if n_eff == n else f"{n} samples, worth {n_eff:.0f} independent ones,"
        detail = f"{worth} cannot bound p{percent:g} on both sides at {level:.0%} confidence: {windows} can"
        few = missing("insufficient_samples", detail, n=n, needed=windows)
        score = replace(few, point=value) if n >= needed else few
    else:
        own = quantile_interval(values, p, level, n_eff=None if n < FEWEST_TO_TELL else n_eff)
        drawn = quantile_bootstrap(values, p, level, runs, noun=runs_are)
        interval = wider(own, runs, drawn, runs_are)
        if sessions is not None:
            interval = wider_over_sessions(interval, quantile_bootstrap(values, p, level, sessions, noun=SESSIONS))
        score = _checked(values, value, interval)
    return replace(score, n_eff=n_eff, clusters=clusters, clusters_are=runs_are)


def _checked(values: Floats, value: float, interval: Interval | None = None) -> Score:
    n = len(values)
    if n == 0:
        return missing("no_samples", "there is nothing to take it from")
    if math.isinf(value):
        unanswered = int(np.count_nonzero(np.isinf(values)))
        return missing("censored", f"{unanswered} of {n} never ended within the trial", n=n)
    return Score(value=value, n=n, interval=interval)
