"""Proportions: a count among n, with the interval of Clopper and Pearson (1934) or of Wilson (1927)."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy import special

from josie_bench.statistics.cluster_bootstrap import ratio_bootstrap, run_count, wider, wider_over_sessions
from josie_bench.statistics.effective_size import FEWEST_TO_TELL, shared_effective_size
from josie_bench.terms.recording import Bools, Ints
from josie_bench.terms.score import RUNS, SESSIONS, Interval, Score, missing

Floats = NDArray[np.float64]

LEVEL = 0.95
METHOD = "Clopper-Pearson, taken as independent"
ON_EFFECTIVE_SIZE = "Clopper-Pearson on n_eff"


def clopper_pearson(count: float, n: float, level: float = LEVEL) -> tuple[float, float]:
    """Return the exact two-sided interval of the probability behind `count` among `n`.

    Each side leaves out (1−level)/2, so the upper side at level 0.90 is the one-sided 95 % bound:
    with no count at all, 1 − 0.05^(1/n). Both may be effective numbers, which are not whole.

    Raises:
        ValueError: `count` does not lie between 0 and `n`, or `n` is 0.
    """
    if not 0 <= count <= n or n == 0:
        raise ValueError(f"{count} of {n} is no proportion")
    tail = (1.0 - level) / 2.0
    low = 0.0 if count == 0 else float(special.betaincinv(count, n - count + 1, tail))
    high = 1.0 if count == n else float(special.betaincinv(count + 1, n - count, 1.0 - tail))
    return low, high


def wilson(count: int, n: int, level: float = LEVEL) -> tuple[float, float]:
    """Return Wilson's two-sided score interval of the probability behind `count` among `n`.

    It covers what it says on average over probabilities, where Clopper-Pearson covers at least that for each; for
    rates that decide nothing.

    Raises:
        ValueError: `count` does not lie between 0 and `n`, or `n` is 0.
    """
    if not 0 <= count <= n or n == 0:
        raise ValueError(f"{count} of {n} is no proportion")
    z, p = float(special.ndtri((1.0 + level) / 2.0)), count / n
    middle = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    reach = z * math.sqrt(p * (1 - p) / n + z**2 / (4 * n**2)) / (1 + z**2 / n)
    return (0.0 if count == 0 else middle - reach), (1.0 if count == n else middle + reach)


def ratio_score(
    flags: Bools,
    values: Floats | None = None,
    level: float = LEVEL,
    *,
    runs: Ints | None = None,
    runs_are: str = RUNS,
    sessions: Ints | None = None,
    overlap: int = 1,
) -> Score:
    """Return the share of `flags` with an interval on their effective number, or why there is none.

    Args:
        flags: `[windows]` in order of arrival.
        values: `[windows]` what was held against a bound to get the flags; a tail of them shows the dependence that few
            flags cannot.
        level: of the two-sided interval.
        runs: `[windows]` the run that each belongs to; one run if not given.
        runs_are: what these are, where the windows of several sessions lie one behind the other.
        sessions: `[windows]` which of several sessions each is of; one session if not given.
        overlap: how many flags in a row have something in common, whatever they are.
    """
    n, count = len(flags), int(np.count_nonzero(flags))
    if n == 0:
        return missing("no_samples", "nothing was counted")
    held = flags.astype(np.float64) if values is None else values
    n_eff = shared_effective_size(held, flags, runs, sessions, overlap)
    low, high = clopper_pearson(n_eff * (count / n), n_eff, level)  # in this order never above n_eff
    own = Interval(level=level, low=low, high=high, method=METHOD if n_eff == n < FEWEST_TO_TELL else ON_EFFECTIVE_SIZE)
    interval = wider(own, runs, ratio_bootstrap(flags, level, runs, noun=runs_are), runs_are)
    if sessions is not None:
        interval = wider_over_sessions(interval, ratio_bootstrap(flags, level, sessions, noun=SESSIONS))
    return Score(
        value=count / n,
        n=n,
        count=count,
        interval=interval,
        n_eff=n_eff,
        clusters=run_count(runs),
        clusters_are=runs_are,
    )


def count_score(count: int, n: int, level: float = LEVEL, *, method: str = METHOD) -> Score:
    """Return the score of `count` among `n` that are taken as independent, or why there is none."""
    if n == 0:
        return missing("no_samples", "nothing was counted")
    low, high = clopper_pearson(count, n, level)
    return Score(value=count / n, n=n, count=count, interval=Interval(level=level, low=low, high=high, method=method))
