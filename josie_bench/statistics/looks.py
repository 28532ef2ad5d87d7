"""Looking before the end: when, how sure one must be then, and how many samples a bound takes.

Whoever looks after every window and stops when it suits him finds what he wishes for. So the looks are few and lie
fixed beforehand, each 1.5 times as late as the one before, and one before the end must be surer: it leaves out a sixth
of what an interval at the end leaves out. By Bonferroni five such looks and an end at 95 %, two-sided, pass a bound
that does not hold in at most 5 · 2.5 % / 6 + 2.5 % = 4.6 % of the cases.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from scipy import special

from josie_bench.statistics.proportion import clopper_pearson

LEVEL = 0.95
LOOKS = 6
GROWTH = 1.5
LOOK_LEVEL = 1.0 - (1.0 - LEVEL) / LOOKS
MOST_SAMPLES = 10**9
MET, BROKEN, OPEN = "met", "broken", "open"


def look_sizes(most: int) -> tuple[int, ...]:
    """Return after how many of `most` to look, the end included.

    >>> look_sizes(8), look_sizes(1000)
    ((2, 3, 4, 6, 8), (132, 198, 297, 445, 667, 1000))
    """
    return tuple(sorted({math.ceil(most / GROWTH**step - 1e-9) for step in range(LOOKS)}))


def least_samples(p: float, late: int, confidence: float) -> int | None:
    """Return with how many samples `late` above a bound still show that the p-quantile lies below it.

    That is the least n with F(late; n, 1 − p) ≤ 1 − confidence, F being the binomial distribution: MLPerf's rule. None
    where it is beyond measure.

    >>> least_samples(0.99, 0, 0.99), least_samples(0.99, 1, 0.99)
    (459, 662)
    """
    return _least(lambda n: float(special.bdtr(late, n, 1.0 - p)) <= 1.0 - confidence, late + 1)


def settle(low: float, high: float, limit: float, *, is_upper: bool) -> str:
    """Return whether an interval of a share lies wholly where it should, wholly where it should not, or neither.

    Args:
        low: of the interval.
        high: of the interval.
        limit: of the share.
        is_upper: whether the share should lie below the limit rather than above it.
    """
    if not is_upper:
        low, high, limit = -high, -low, -limit
    if high < limit:
        return MET
    return BROKEN if low > limit else OPEN


def samples_to_settle(share: float, limit: float, *, is_upper: bool, level: float = LEVEL) -> int | None:
    """Return how many independent samples settle a limit if the share stays what it is; None where none would.

    None would where the share is at the limit, or on its wrong side.
    """
    if share >= limit if is_upper else share <= limit:
        return None

    def is_enough(n: int) -> bool:
        return settle(*clopper_pearson(share * n, n, level), limit, is_upper=is_upper) == MET

    return _least(is_enough, 1)


def _least(is_enough: Callable[[int], bool], start: int) -> int | None:
    """Return the least whole number from `start` on that is enough, where all after one that is enough are too."""
    high = start
    while not is_enough(high):
        high *= 2
        if high > MOST_SAMPLES:
            return None
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if is_enough(middle) else (middle, high)
    return high
