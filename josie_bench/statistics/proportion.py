"""Proportions: a count among n, with its Clopper-Pearson interval."""

from __future__ import annotations

from scipy import special

from josie_bench.terms.score import Interval, Score, missing

LEVEL = 0.95
METHOD = "Clopper-Pearson, windows taken as independent"


def clopper_pearson(count: int, n: int, level: float = LEVEL) -> tuple[float, float]:
    """Return the exact two-sided interval of the probability behind `count` among `n`.

    Each side leaves out (1−level)/2, so the upper side at level 0.90 is the one-sided 95 % bound:
    with no count at all, 1 − 0.05^(1/n).

    Raises:
        ValueError: `count` does not lie between 0 and `n`, or `n` is 0.
    """
    if not 0 <= count <= n or n == 0:
        raise ValueError(f"{count} of {n} is no proportion")
    tail = (1.0 - level) / 2.0
    low = 0.0 if count == 0 else float(special.betaincinv(count, n - count + 1, tail))
    high = 1.0 if count == n else float(special.betaincinv(count + 1, n - count, 1.0 - tail))
    return low, high


def ratio_score(count: int, n: int, level: float = LEVEL) -> Score:
    """Return the score of `count` among `n`, or why there is none."""
    if n == 0:
        return missing("no_samples", "nothing was counted")
    low, high = clopper_pearson(count, n, level)
    return Score(value=count / n, n=n, count=count, interval=Interval(level=level, low=low, high=high, method=METHOD))
