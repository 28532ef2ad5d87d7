"""Kernel distance (KID): how far apart two sets of features are, without a bias that hangs on how many there are.

The unbiased estimate of the squared maximum mean discrepancy under k(x, y) = (x·y / d + 1)³ (Gretton et al., 2012;
Bińkowski et al., 2018). It is 0 on average for two samples of one distribution, and so is often negative for a finite
one. By custom it is the mean over subsets; their standard deviation says how the subsets scatter, not how sure the mean
is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from josie_bench.terms.score import Score, missing

Floats = NDArray[np.float64]
Features = NDArray[np.floating]

SUBSETS, SUBSET_SIZE = 100, 1_000
SEED = 20_261_125


@dataclass(frozen=True, slots=True, kw_only=True)
class KernelDistance:
    """The distance of two sets over subsets.

    Attributes:
        mean: over subsets.
        deviation: over subsets, standard.
        subsets: how many.
        size: features of each set in a subset.
    """

    mean: float
    deviation: float
    subsets: int
    size: int


def unbiased_distance(one: Features, other: Features) -> float:
    """Return the unbiased squared discrepancy of `[n, features]` and `[m, features]`, n and m at least 2."""
    within = sum(_mean_of_others(_kernel(side, side)) for side in (one, other))
    return float(within - 2.0 * _kernel(one, other).mean())


def kernel_distance(
    one: Features, other: Features, *, subsets: int = SUBSETS, size: int = SUBSET_SIZE, seed: int = SEED
) -> KernelDistance:
    """Return the distance over subsets drawn without replacement; over whole sets where they are smaller."""
    taken, generator = min(size, len(one), len(other)), np.random.default_rng(seed)
    found = [
        unbiased_distance(*(side[generator.choice(len(side), taken, replace=False)] for side in (one, other)))
        for _ in range(subsets)
    ]
    return KernelDistance(mean=float(np.mean(found)), deviation=float(np.std(found)), subsets=subsets, size=taken)


def kernel_score(one: Features, other: Features, *, seed: int = SEED) -> Score:
    """Return the mean over subsets as a score, or why there is none."""
    n = min(len(one), len(other))
    if n < 2:
        return missing("insufficient_samples", "two of each make a distance", n=n, needed=2)
    return Score(value=kernel_distance(one, other, seed=seed).mean, n=n)


def paired_distance(one: Features, other: Features) -> Callable[[Floats], float]:
    """Return the distance of sets that come in pairs, as a function of how often each pair counts.

    An image is not held against its own copy: with pairs, that makes the estimate unbiased (Gretton et al., 2012,
    lemma 6), and then the same holds for pairs that are drawn again.

    Args:
        one: `[pairs, features]`.
        other: likewise.
    """
    apart = _kernel(one, one) + _kernel(other, other)
    across = _kernel(one, other)
    apart -= across + across.T
    np.fill_diagonal(apart, 0.0)

    def distance(weights: Floats) -> float:
        pairs = weights.sum() ** 2 - (weights**2).sum()
        return float(weights @ apart @ weights / pairs)

    return distance


def _kernel(one: Features, other: Features) -> Floats:
    """Return `[n, m]`."""
    kernel: Floats = (one.astype(np.float64) @ other.astype(np.float64).T / one.shape[1] + 1.0) ** 3
    return kernel


def _mean_of_others(kernel: Floats) -> float:
    """Return the mean of what is not on the diagonal."""
    n = len(kernel)
    return float((kernel.sum() - np.trace(kernel)) / (n * (n - 1)))
