"""Two systems measured in blocks: the effect of each block, their centre with two intervals, and what that decides.

The run of a fresh process is the unit: a block gives one number for each side, and windows are never pooled. The
centre is Hodges and Lehmann's, the median of the means of all pairs. One interval is Student's of paired differences;
the other is exact: under symmetry, the means of all non-empty subsets of the blocks cut the line into 2^n equally
likely pieces (Hartigan 1969), which is the sign-flip permutation test turned inside out. The wider of the two decides.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]

LEVEL = 0.90  # two one-sided tests at 5 % each are one interval of 90 %
LEAST_BLOCKS = 8  # fewer cannot show a two-sided p below 1 %
LEAST_DAYS = 3  # fewer say nothing of how days differ
EXACT_BLOCKS = 16
SAMPLED = 2**16 - 1  # subsets drawn where there are more blocks than can be gone through
MOST_BLOCKS = 1_000  # more would settle nothing that is worth the time
SAME, ABOVE, BELOW, OPEN = "same", "above", "below", "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """An interval of an effect; infinite where the blocks are too few to bound a side."""

    low: float
    high: float

    @property
    def width(self) -> float:
        """How far apart its ends are."""
        return self.high - self.low


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What the second side does to the first.

    Attributes:
        estimate: Hodges and Lehmann's centre of the blocks' effects.
        n: how many blocks there are.
        student: interval of paired differences by Student's t.
        exact: interval by the sign-flip permutation test.
        p: of no effect at all, two-sided, by that test.
        spread: standard deviation of the blocks' effects; 0 where there is one block.
    """

    estimate: float
    n: int
    student: Range
    exact: Range
    p: float
    spread: float

    @property
    def range(self) -> Range:
        """The wider of the two intervals, which decides."""
        return max(self.exact, self.student, key=lambda some: some.width)


def block_effects(first: Floats, second: Floats, *, is_ratio: bool) -> Floats:
    """Return Δ of each block: ln(second / first) where ratios are asked for, second − first otherwise.

    Args:
        first: `[blocks]` of the one side; above zero where ratios are asked for.
        second: `[blocks]` of the other in the same blocks.
        is_ratio: whether sides differ by a factor rather than by an amount.
    """
    return np.log(second) - np.log(first) if is_ratio else second - first


def effect_of(effects: Floats, level: float = LEVEL, seed: int = 0) -> Effect:
    """Return the centre of the blocks' effects with its intervals.

    Args:
        effects: `[blocks]`, at least one.
        level: of the two-sided intervals.
        seed: of the subsets that are drawn where there are more than `EXACT_BLOCKS` blocks.
    """
    means = _subset_means(effects, seed)
    return Effect(
        estimate=hodges_lehmann(effects),
        n=len(effects),
        student=_student_range(effects, level),
        exact=_exact_range(means, level),
        p=_sign_flip_p(means),
        spread=float(np.std(effects, ddof=1)) if len(effects) > 1 else 0.0,
    )


def hodges_lehmann(effects: Floats) -> float:
    """Return the median of the means of all pairs of blocks, each with itself too."""
    rows, columns = np.triu_indices(len(effects))
    return float(np.median((effects[rows] + effects[columns]) / 2.0))


def decide(effect: Range, margin: float) -> str:
    """Return `same` where the whole interval lies within ± margin, `above` or `below` where beyond it, else `open`.

    At level 90 % that is a pair of one-sided tests of equivalence at 5 %, and one test of a difference that matters.
    """
    if -margin <= effect.low and effect.high <= margin:
        return SAME
    if effect.low > margin:
        return ABOVE
    return BELOW if effect.high < -margin else OPEN


def more_blocks(effect: Effect, margin: float, level: float = LEVEL) -> int | None:
    """Return how many more blocks would settle an open comparison if estimate and spread stay; None beyond measure.

    The interval must shrink until it no longer reaches the nearer edge of the margin.
    """
    if effect.n < 2:
        return None
    least = max(effect.n + 1, needed_blocks(level))
    return _more(effect, margin, least, lambda n: _student_factor(n, level) * effect.spread)


def more_borrowed(effect: Effect, margin: float, spread: float, runs: int, level: float = LEVEL) -> int | None:
    """Return as `more_blocks`, where the spread is known from elsewhere, and so of a single block too.

    With `LEAST_BLOCKS` blocks decide by their own spread: it is expected to be the one that is known.

    Args:
        effect: of the blocks there are.
        margin: that the interval is to be held against.
        spread: as `borrowed` takes it.
        runs: how many runs it is from.
        level: of the interval.
    """

    def half_width(n: int) -> float:
        if n < LEAST_BLOCKS:
            return borrowed(effect.estimate, spread, n, runs, level)[0].width / 2.0
        return _student_factor(n, level) * math.sqrt(2.0) * spread

    return _more(effect, margin, effect.n + 1, half_width)


def _more(effect: Effect, margin: float, least: int, half_width: Callable[[int], float]) -> int | None:
    room = abs(abs(effect.estimate) - margin)
    found = (n - effect.n for n in range(least, MOST_BLOCKS + 1) if half_width(n) <= room)
    return next(found, None) if room else None


def needed_blocks(level: float = LEVEL) -> int:
    """Return the fewest blocks with which the exact interval is bounded.

    >>> needed_blocks(0.90), needed_blocks(0.95)
    (5, 6)
    """
    return math.ceil(1.0 - math.log2(1.0 - level))


def borrowed(estimate: float, spread: float, n: int, runs: int, level: float = LEVEL) -> tuple[Range, float]:
    """Return the interval of the centre of `n` blocks, and the p of none, where the spread is known from elsewhere.

    Args:
        estimate: centre of the blocks' effects.
        spread: standard deviation of one side's runs among each other, above zero, on the scale of the effects.
        n: how many blocks there are.
        runs: how many runs the spread is from.
        level: of the interval.
    """
    error = spread * math.sqrt(2.0 / n)
    half = float(special.stdtrit(runs - 1, (1.0 + level) / 2.0)) * error
    p = 2.0 * float(special.stdtr(runs - 1, -abs(estimate) / error))
    return Range(low=estimate - half, high=estimate + half), p


def widened(interval: Range, levels: Sequence[float], level: float = LEVEL) -> Range:
    """Return the interval of two stored runs with what a host drifts from day to day in it; unchanged if unknown.

    Each run has its day's level, so the difference of two has √2 times the spread between days. Both half-widths are
    squared and added.

    Args:
        interval: of the change.
        levels: of one build on days of its own, on the scale of the effects.
        level: of the interval.
    """
    if len(levels) < LEAST_DAYS or not math.isfinite(interval.width):
        return interval
    drift = math.sqrt(2.0) * float(np.std(levels, ddof=1))
    half = math.hypot(interval.width / 2.0, float(special.stdtrit(len(levels) - 1, (1.0 + level) / 2.0)) * drift)
    centre = (interval.low + interval.high) / 2.0
    return Range(low=centre - half, high=centre + half)


def counts_p(first: float, second: float, n_first: float, n_second: float) -> float:
    """Return the two-sided p of equal rates behind two counts, exactly, given their sum.

    Of `first + second` rare events each is the second side's with probability n_second / (n_first + n_second). The p is
    twice the smaller tail, at most 1. The tails are incomplete beta functions, which effective numbers that are not
    whole fit too.

    Args:
        first: how many of the one side's counted.
        second: how many of the other's.
        n_first: among how many independent ones on the one side.
        n_second: among how many on the other.
    """
    share = n_second / (n_first + n_second)
    at_least = 1.0 if second == 0 else float(special.betainc(second, first + 1.0, share))
    at_most = 1.0 if first == 0 else float(special.betaincc(second + 1.0, first, share))
    return min(1.0, 2.0 * min(at_most, at_least))


def _student_range(effects: Floats, level: float) -> Range:
    n = len(effects)
    if n < 2:
        return Range(low=-math.inf, high=math.inf)
    half = _student_factor(n, level) * float(np.std(effects, ddof=1))
    centre = float(np.mean(effects))
    return Range(low=centre - half, high=centre + half)


def _student_factor(n: int, level: float) -> float:
    """Return by what a standard deviation is multiplied to give half an interval's width."""
    return float(special.stdtrit(n - 1, (1.0 + level) / 2.0)) / math.sqrt(n)


def _subset_means(effects: Floats, seed: int) -> Floats:
    """Return, sorted, the means of all non-empty subsets of the blocks, or of many drawn at random."""
    n = len(effects)
    if n <= EXACT_BLOCKS:
        chosen = (np.arange(1, 2**n)[:, None] >> np.arange(n)) & 1
    else:
        chosen = np.random.default_rng(seed).integers(0, 2, size=(SAMPLED, n))
        chosen = chosen[chosen.any(axis=1)]
    return np.sort(chosen @ effects / chosen.sum(axis=1))


def _exact_range(means: Floats, level: float) -> Range:
    """Return the interval whose ends leave out (1 − level) / 2 of the pieces each; infinite where that is not one."""
    pieces = len(means) + 1
    out = int((1.0 - level) / 2.0 * pieces + 1e-9)  # 0.05 · 40 is not to be 1.99…
    if not out:
        return Range(low=-math.inf, high=math.inf)
    return Range(low=float(means[out - 1]), high=float(means[pieces - out - 1]))


def _sign_flip_p(means: Floats) -> float:
    """Return the two-sided p of a centre at zero: a flip of signs reaches as far as the sample if its subset's mean
    is at zero or on the other side.
    """
    pieces = len(means) + 1
    lower = (1 + int(np.count_nonzero(means <= 0.0))) / pieces
    upper = (1 + int(np.count_nonzero(means >= 0.0))) / pieces
    return min(1.0, 2.0 * min(lower, upper))
