"""Order statistics: the nearest-rank quantile, its exact interval, and how many samples that takes.

The quantile is X_(⌈n·p⌉), an element of the sample; nothing is interpolated. Its two-sided interval is [X_(l), X_(u)]
with l = max{j: F(j−1) ≤ α/2} and u = min{j: F(j−1) ≥ 1−α/2}, F being the binomial distribution of n and p: exact for
independent samples of any continuous distribution, and conservative for discrete ones (Hahn and Meeker, 1991).

Samples that depend on each other are worth n_eff independent ones. Rank j of n stands for rank j·n_eff/n of these, and
F is continued between whole numbers by the incomplete beta function, F(j−1) = I_{1−p}(n−j+1, j).
"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray
from scipy import special

from josie_bench.terms.score import Interval

Floats = NDArray[np.float64]

LEVEL = 0.95
METHOD = "order statistic, taken as independent"
ON_EFFECTIVE_SIZE = "order statistic on n_eff"
OVER_ROUNDS = "order statistic over rounds, taken as independent"


def nearest_rank(n: int, p: float) -> int:
    """Return the 1-based rank ⌈n·p⌉ of the p-quantile among `n` samples.

    `p` is read as the decimal it is written with: 0.95 of 100 is rank 95, though 0.07 · 100 exceeds 7 in binary.

    Raises:
        ValueError: there is no sample, or `p` is not between 0 and 1.
    """
    _check(p)
    if n < 1:
        raise ValueError("a quantile needs at least one sample")
    return math.ceil(Fraction(str(p)) * n)


def quantile(values: Floats, p: float) -> float:
    """Return the nearest-rank p-quantile of `values`, `[samples]` in any order, an element of it.

    Raises:
        ValueError: `values` is empty, or `p` is not between 0 and 1.
    """
    return float(np.sort(values)[nearest_rank(len(values), p) - 1])


def interval_ranks(
    n: int, p: float, level: float = LEVEL, *, n_eff: float | None = None
) -> tuple[int | None, int | None]:
    """Return the 1-based ranks (l, u) that bound the p-quantile; None where the sample is too small for that side.

    Args:
        n: how many samples there are.
        p: which quantile.
        level: of the two-sided interval.
        n_eff: how many independent samples they are worth; all of them if not given.
    """
    _check(p)
    size = float(n) if n_eff is None else n_eff
    tail = (1.0 - level) / 2.0
    ranks = np.arange(1, n + 1) * (size / n)
    below = special.betainc(size - ranks + 1.0, ranks, 1.0 - p)  # F(j−1) for j = 1 … n
    low = int(np.count_nonzero(below <= tail)) if (1.0 - p) ** size <= tail else 0
    high = int(np.count_nonzero(below < 1.0 - tail)) + 1
    return (low or None), (high if high <= n else None)


def quantile_interval(values: Floats, p: float, level: float = LEVEL, *, n_eff: float | None = None) -> Interval:
    """Return the interval of the p-quantile of `values`, `[samples]` in any order; a side that is infinite is None."""
    ordered = np.sort(values)
    low, high = (
        None if rank is None or not math.isfinite(ordered[rank - 1]) else float(ordered[rank - 1])
        for rank in interval_ranks(len(values), p, level, n_eff=n_eff)
    )
    return Interval(level=level, low=low, high=high, method=METHOD if n_eff is None else ON_EFFECTIVE_SIZE)


def needed_samples(p: float, level: float = LEVEL) -> int:
    """Return the fewest samples with which both sides of the p-quantile's interval exist.

    The upper side asks pⁿ ≤ α/2 and the lower side (1−p)ⁿ ≤ α/2; the more extreme of the two decides.

    >>> needed_samples(0.99)
    368
    """
    _check(p)
    return math.ceil(math.log((1.0 - level) / 2.0) / math.log(max(p, 1.0 - p)))


def _check(p: float) -> None:
    if not 0.0 < p < 1.0:
        raise ValueError(f"a quantile lies strictly between 0 and 1, not at {p}")
