"""Medians over rounds, and the ratio of two systems that were measured in the same rounds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from josie_bench.statistics.order_statistics import (
    LEVEL,
    OVER_ROUNDS,
    needed_samples,
    quantile,
    quantile_interval,
)
from josie_bench.terms.score import Score, missing

Floats = NDArray[np.float64]


def median_over_rounds(values: Floats, level: float = LEVEL) -> Score:
    """Return the median of one value a round, `[rounds]`, with its exact interval, or how many rounds that takes.

    Rounds are taken as independent; windows of one round need not be.
    """
    n, needed = len(values), needed_samples(0.5, level)
    if n < needed:
        detail = f"{n} rounds cannot bound a median at {level:.0%} confidence: {needed} can"
        return missing("insufficient_samples", detail, n=n, needed=needed)
    interval = replace(quantile_interval(values, 0.5, level), method=OVER_ROUNDS)
    return Score(value=quantile(values, 0.5), n=n, interval=interval)


def ratio_over_rounds(base: Floats, other: Floats, level: float = LEVEL) -> Score:
    """Return the median over rounds of base / other, which drift that strikes a round as a whole does not move.

    Args:
        base: `[rounds]` of the one, all above zero.
        other: `[rounds]` of the other in the same rounds, all above zero.
        level: of the two-sided interval.
    """
    return median_over_rounds(base / other, level)


def paired_ratio(base: Mapping[int, float], other: Mapping[int, float]) -> Score:
    """Return the ratio base / other over the rounds that both have, by their index; both are to be above zero."""
    common = sorted(base.keys() & other.keys())
    values = np.array([[base[index], other[index]] for index in common], dtype=np.float64).reshape(-1, 2)
    if (values <= 0.0).any():
        return missing("not_called", "half of a round's windows or more do not call it", n=len(common))
    return ratio_over_rounds(values[:, 0], values[:, 1])


def ratio_verdict(score: Score) -> str:
    """Return `quicker` or `slower` where the whole interval of base / other is above or below 1, else `undecided`."""
    if score.interval is None or score.interval.low is None or score.interval.high is None:
        return "undecided"
    if score.interval.low > 1.0:
        return "quicker"
    return "slower" if score.interval.high < 1.0 else "undecided"
