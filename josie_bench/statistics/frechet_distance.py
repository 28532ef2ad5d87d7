"""Fréchet distance (FID): how far apart two sets of features are, each taken as one Gaussian.

d² = |μ₁ − μ₂|² + tr(Σ₁ + Σ₂ − 2 (Σ₁Σ₂)^½) (Dowson and Landau, 1982; Heusel et al., 2017). The trace of the root is the
sum of the roots of the eigenvalues of Σ₁^½ Σ₂ Σ₁^½, which is symmetric: no complex numbers arise. A sample's distance
is above its distribution's, the more the smaller the sample: figures of different sizes cannot be compared, and of no
more samples than features the covariance is singular.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from josie_bench.terms.score import Score, missing

Floats = NDArray[np.float64]
Features = NDArray[np.floating]


def gaussian_distance(mean_a: Floats, covariance_a: Floats, mean_b: Floats, covariance_b: Floats) -> float:
    """Return the squared distance of two Gaussians, means `[features]` and covariances `[features, features]`."""
    values, vectors = np.linalg.eigh(covariance_a)
    root = (vectors * np.sqrt(np.clip(values, 0.0, None))) @ vectors.T
    shared = np.sqrt(np.clip(np.linalg.eigvalsh(root @ covariance_b @ root), 0.0, None)).sum()
    apart = mean_a - mean_b
    return float(apart @ apart + np.trace(covariance_a) + np.trace(covariance_b) - 2.0 * shared)


def frechet_distance(one: Features, other: Features) -> float:
    """Return the distance of `[n, features]` and `[m, features]`, n and m at least 2."""
    return gaussian_distance(*_moments(one, np.ones(len(one))), *_moments(other, np.ones(len(other))))


def frechet_score(one: Features, other: Features) -> Score:
    """Return the distance, or that there are no more samples than features."""
    n, needed = min(len(one), len(other)), one.shape[1] + 1
    if n < needed:
        detail = f"{n} samples of {one.shape[1]} features have a singular covariance: {needed} need not"
        return missing("insufficient_samples", detail, n=n, needed=needed)
    return Score(value=frechet_distance(one, other), n=n)


def paired_frechet_distance(one: Features, other: Features) -> Callable[[Floats], float]:
    """Return the distance as a function of how often each pair counts.

    Each call takes two products and two decompositions of the covariances' size: at 2048 features many seconds.

    Args:
        one: `[pairs, features]`.
        other: likewise.
    """

    def distance(weights: Floats) -> float:
        return gaussian_distance(*_moments(one, weights), *_moments(other, weights))

    return distance


def _moments(features: Features, weights: Floats) -> tuple[Floats, Floats]:
    """Return mean and unbiased covariance of samples that count as often as `[n]` weights say."""
    total = float(weights.sum())
    mean: Floats = weights @ features.astype(np.float64) / total
    apart = features - mean
    covariance: Floats = (apart * weights[:, None]).T @ apart / (total - 1.0)
    return mean, covariance
