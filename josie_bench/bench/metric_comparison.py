"""One metric of one case on both sides: its values by block, the change with its interval, and the verdict."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from josie_bench.bench.rounds import SM_CLOCK
from josie_bench.statistics.comparison import (
    ABOVE,
    EXACT_BLOCKS,
    LEAST_BLOCKS,
    LEVEL,
    MOST_BLOCKS,
    OPEN,
    Effect,
    Range,
    block_effects,
    borrowed,
    counts_p,
    decide,
    effect_of,
    more_blocks,
    more_borrowed,
    widened,
)
from josie_bench.statistics.comparison import SAME as WITHIN
from josie_bench.statistics.proportion import clopper_pearson
from josie_bench.terms.comparison import (
    ABSOLUTE,
    AMBIGUOUS,
    CLOCK_SHIFT,
    FASTER,
    RELATIVE,
    SAME,
    SLOWER,
    Margin,
    MetricComparison,
    default_margin,
    scale_of,
)
from josie_bench.terms.noise_floor import MetricFloor, NoiseFloor, levels_by_day
from josie_bench.terms.result import CaseResult, MetricScore, RoundResult
from josie_bench.terms.score import Interval

Floats = NDArray[np.float64]

STUDENT, EXACT = "paired t over blocks", "sign-flip permutation over blocks, exact"
SAMPLED = "sign-flip permutation over blocks, sampled"
BORROWED = "spread of runs from the noise floor, Student's t"
COUNTS = "Clopper-Pearson of each side, squared and added"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A case on both sides and what is known of the noise there.

    Attributes:
        floor: of this host; None where none may be used.
        is_own_floor: whether it is of this very case, so that its spread of runs is this case's too.
        days: all noise floors of this case there, where the sides were not interleaved: of them comes how days differ.
    """

    a: CaseResult
    b: CaseResult
    floor: NoiseFloor | None = None
    is_own_floor: bool = False
    days: tuple[NoiseFloor, ...] = ()


def blocks_of(case: CaseResult, metric: str) -> dict[int, float]:
    """Return a metric's value in each block that is whole; a case of a single trial is one block."""
    if any(some.values for some in case.rounds):
        return {some.index: some.values[metric] for some in _whole(case) if metric in some.values}
    score = case.metrics.get(metric)
    return {} if score is None or score.value is None else {0: score.value}


def rounds_without(case: CaseResult, metric: str) -> int:
    """Return how many of a case's whole rounds have no number of a metric that others have."""
    has_blocks = any(some.values for some in case.rounds)
    return sum(metric not in some.values for some in _whole(case)) if has_blocks else 0


def _whole(case: CaseResult) -> list[RoundResult]:
    return [some for some in case.rounds if some.status == "OK"]


def compare_metric(pair: Pair, metric: str, *, is_gated: bool) -> MetricComparison | None:
    """Return the metric held against itself on the other side, or None where no block of both has a number."""
    first, second = blocks_of(pair.a, metric), blocks_of(pair.b, metric)
    common = sorted(first.keys() & second.keys())
    if not common:
        return None
    a, b = (np.array([side[index] for index in common], dtype=np.float64) for side in (first, second))
    score = pair.a.metrics[metric]
    scale = scale_of(metric, score.unit, is_positive=bool((a > 0.0).all() and (b > 0.0).all()))
    effect = effect_of(block_effects(a, b, is_ratio=scale == RELATIVE))
    blank = MetricComparison(
        metric=metric,
        unit=score.unit,
        direction=score.direction,
        scale=scale,
        is_gated=is_gated,
        verdict=AMBIGUOUS,
        reason="",
        a=float(np.median(a)),
        b=float(np.median(b)),
        n=len(common),
        changes=[_told(change, scale) for change in block_effects(a, b, is_ratio=scale == RELATIVE).tolist()],
        change=_told(effect.estimate, scale),
        student=_interval(effect.student, scale, STUDENT),
        exact=_interval(effect.exact, scale, EXACT if len(common) <= EXACT_BLOCKS else SAMPLED),
        p=effect.p,
        margin=_margin(pair.floor, metric, score.unit, scale),
    )
    lacking = {side: rounds_without(case, metric) for side, case in (("A", pair.a), ("B", pair.b))}
    if any(lacking.values()):
        return replace(blank, reason=_without(lacking))
    shares = _shares(pair, metric)
    if shares is not None:
        return _of_shares(blank, effect, pair, *shares)
    return _of_blocks(blank, effect, pair, _clock_change(pair, common))


def _margin(floor: NoiseFloor | None, metric: str, unit: str, scale: str) -> Margin:
    default = default_margin(metric, unit, scale)
    found = None if floor is None else floor.of(metric)
    if floor is None or found is None or found.scale != scale:
        return default
    return Margin(value=max(found.margin, default.value), source=f"noise floor of {floor.created[:10]}, {floor.case}")


def _of_blocks(blank: MetricComparison, effect: Effect, pair: Pair, clock_change: float | None) -> MetricComparison:
    """Return the verdict that the blocks give, or too few of them with a spread from the noise floor."""
    assert blank.margin is not None
    width = blank.margin
    margin = _scaled(width.value, blank.scale)
    range_, method, more = effect.range, _method(blank, effect), more_blocks(effect, margin)
    if effect.n < LEAST_BLOCKS:
        found = _own_spread(pair, blank.metric, blank.scale)
        if found is None or pair.floor is None:
            asked, interval = max(LEAST_BLOCKS - effect.n, more or 0), _interval(range_, blank.scale, method)
            told = replace(blank, interval=interval, reason=_too_few(effect.n))
            return replace(told, more_blocks=asked, is_lower_bound=more is None)
        range_, p = borrowed(effect.estimate, found.spread, effect.n, pair.floor.runs)
        method, blank = BORROWED, replace(blank, p=p)
        more = more_borrowed(effect, margin, found.spread, pair.floor.runs)
    drifted, method = _drifted(pair, blank, range_, method)
    decision = decide(drifted, margin)
    verdict = _verdict(decision, blank.direction)
    told = replace(
        blank,
        interval=_interval(drifted, blank.scale, method),
        verdict=verdict,
        reason=_because(decision, width, blank),
        more_blocks=more if decision == OPEN else None,
        is_lower_bound=decision == OPEN and drifted != range_,  # more blocks make the days no more alike
    )
    if clock_change is not None and verdict in (FASTER, SLOWER):
        return _in_cycles(told, Range(low=drifted.low + clock_change, high=drifted.high + clock_change), margin)
    return told


def _method(blank: MetricComparison, effect: Effect) -> str:
    """Return by which of its two intervals the blocks decide."""
    return blank.exact.method if effect.range == effect.exact and blank.exact else STUDENT


def _drifted(pair: Pair, blank: MetricComparison, range_: Range, method: str) -> tuple[Range, str]:
    """Return an interval with what is known of how days differ in it, and the method in words."""
    drifted = widened(range_, levels_by_day(pair.days, blank.metric, blank.scale))
    return drifted, method if drifted == range_ else f"{method}, widened by the spread between days"


def _without(lacking: dict[str, int]) -> str:
    told = [f"{_runs(count)} of {side}" for side, count in lacking.items() if count]
    return f"{' and '.join(told)} gave no number, perhaps the slowest: what is left is not the whole"


def _own_spread(pair: Pair, metric: str, scale: str) -> MetricFloor | None:
    found = pair.floor.of(metric) if pair.floor is not None and pair.is_own_floor else None
    return found if found is not None and found.scale == scale and found.spread > 0.0 else None


def _runs(n: int) -> str:
    return "1 run" if n == 1 else f"{n} runs"


def _too_few(n: int) -> str:
    why = "how far runs of one build lie apart is not known" if n == 1 else f"{LEAST_BLOCKS} can decide"
    return f"{_runs(n)} a side: {why}; josie-bench calibrate can make up for few runs"


def _clock_change(pair: Pair, common: list[int]) -> float | None:
    """Return ln of the second side's GPU clock over the first's in the blocks; None where one was not read."""
    first, second = blocks_of(pair.a, SM_CLOCK), blocks_of(pair.b, SM_CLOCK)
    if not all(first.get(index) and second.get(index) for index in common):
        return None
    return float(np.median([math.log(second[index] / first[index]) for index in common]))


def _in_cycles(told: MetricComparison, cycles: Range, margin: float) -> MetricComparison:
    """Return the comparison of a time, which is none of the software where the cycles it took did not change."""
    if told.unit != "ms" or decide(cycles, margin) != WITHIN:
        return told
    return replace(told, verdict=CLOCK_SHIFT, reason="the time changed, the GPU's cycles did not: its clock did")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Share:
    """How many of a side's windows counted, of as many as they are worth: dependent windows are worth fewer."""

    k: float
    n: float

    def grown(self, factor: float) -> _Share:
        return _Share(k=self.k * factor, n=self.n * factor)


def _shares(pair: Pair, metric: str) -> tuple[_Share, _Share] | None:
    first, second = (_share(case.metrics.get(metric)) for case in (pair.a, pair.b))
    return None if first is None or second is None else (first, second)


def _share(score: MetricScore | None) -> _Share | None:
    if score is None or score.k is None or score.unit != "ratio":
        return None
    n = score.n if score.n_eff is None else score.n_eff
    return _Share(k=n * (score.k / score.n), n=n)  # in this order never above n


def _of_shares(blank: MetricComparison, effect: Effect, pair: Pair, first: _Share, second: _Share) -> MetricComparison:
    """Return the verdict on shares of windows, from their counts and from the blocks, whichever is less sure."""
    assert blank.margin is not None
    range_, method = _share_range(first, second), COUNTS
    if math.isfinite(effect.range.width) and effect.range.width > range_.width:
        range_, method = effect.range, _method(blank, effect)
    range_, method = _drifted(pair, blank, range_, method)
    decision = decide(range_, blank.margin.value)
    is_few = effect.n < LEAST_BLOCKS
    more = _more_counted(first, second, effect.n, blank.margin.value) if decision == OPEN or is_few else None
    return replace(
        blank,
        a=first.k / first.n,
        b=second.k / second.n,
        change=second.k / second.n - first.k / first.n,
        interval=_interval(range_, ABSOLUTE, method),
        p=counts_p(first.k, second.k, first.n, second.n),
        verdict=AMBIGUOUS if is_few else _verdict(decision, blank.direction),
        reason=_too_few(effect.n) if is_few else _because(decision, blank.margin, blank),
        more_blocks=more,
    )


def _more_counted(first: _Share, second: _Share, blocks: int, margin: float) -> int | None:
    """Return how many more blocks of as many windows would decide if the shares stay; None beyond measure."""
    for more in range(max(1, LEAST_BLOCKS - blocks), MOST_BLOCKS):
        factor = (blocks + more) / blocks
        if decide(_share_range(first.grown(factor), second.grown(factor)), margin) != OPEN:
            return more
    return None


def _share_range(first: _Share, second: _Share) -> Range:
    """Return the interval of p_B − p_A: distances of the shares from their exact bounds, squared and added."""
    a, b = first.k / first.n, second.k / second.n
    low_a, high_a = clopper_pearson(first.k, first.n, LEVEL)
    low_b, high_b = clopper_pearson(second.k, second.n, LEVEL)
    return Range(low=b - a - math.hypot(b - low_b, high_a - a), high=b - a + math.hypot(high_b - b, a - low_a))


def _verdict(decision: str, direction: str) -> str:
    if decision == WITHIN:
        return SAME
    if decision == OPEN:
        return AMBIGUOUS
    return SLOWER if (decision == ABOVE) is (direction == "lower") else FASTER


def _because(decision: str, margin: Margin, told: MetricComparison) -> str:
    width = margin_words(margin, told)
    return {
        WITHIN: f"the whole interval lies within ±{width}",
        OPEN: f"the interval reaches across an edge of ±{width}",
    }.get(decision, f"the whole interval lies beyond {'+' if decision == ABOVE else '−'}{width}")


def margin_words(margin: Margin, told: MetricComparison) -> str:
    """Return the margin's width in words: `2 %`, or `0.5 pp` of a share."""
    if told.scale == RELATIVE:
        return f"{margin.value * 100:.3g} %"
    return f"{margin.value * 100:.3g} pp" if told.unit == "ratio" else f"{margin.value:.3g} {told.unit}"


def _scaled(margin: float, scale: str) -> float:
    """Return a margin as effects are measured: of a factor its logarithm."""
    return math.log1p(margin) if scale == RELATIVE else margin


def _told(effect: float, scale: str) -> float:
    """Return an effect as it is told: of a factor by how much it is above 1."""
    return math.expm1(effect) if scale == RELATIVE else effect


def _interval(range_: Range, scale: str, method: str) -> Interval:
    low, high = (_told(end, scale) if math.isfinite(end) else None for end in (range_.low, range_.high))
    return Interval(level=LEVEL, low=low, high=high, method=method)
