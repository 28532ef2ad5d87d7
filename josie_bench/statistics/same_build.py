"""Runs of one and the same build held against each other: how large a change chance alone makes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from josie_bench.statistics.comparison import LEAST_BLOCKS, block_effects, hodges_lehmann
from josie_bench.statistics.order_statistics import quantile

Floats = NDArray[np.float64]

LEAST_RUNS = 3 * LEAST_BLOCKS  # eight against eight of them can be drawn in many ways
COMPARISONS = 200
SHARE = 0.95


def chance_effects(runs: Floats, *, is_ratio: bool, comparisons: int = COMPARISONS, seed: int = 0) -> Floats:
    """Return the size of the effect between eight runs and eight others, `[comparisons]`, drawn without replacement.

    Args:
        runs: `[runs]` a number from each process, at least 16; above zero where ratios are asked for.
        is_ratio: whether runs differ by a factor rather than by an amount.
        comparisons: how often to draw.
        seed: of the draws.
    """
    draw = np.random.default_rng(seed)
    found = []
    for _ in range(comparisons):
        chosen = draw.permutation(len(runs))[: 2 * LEAST_BLOCKS]
        first, second = runs[chosen[:LEAST_BLOCKS]], runs[chosen[LEAST_BLOCKS:]]
        found.append(abs(hodges_lehmann(block_effects(first, second, is_ratio=is_ratio))))
    return np.array(found)


def chance_floor(effects: Floats) -> float:
    """Return the effect that chance alone exceeds in one of twenty comparisons."""
    return quantile(effects, SHARE)
