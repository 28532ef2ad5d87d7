"""Fréchet distance: analytic Gaussians, scipy's matrix root, and its bias."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import linalg

from josie_bench.statistics.frechet_distance import (
    frechet_distance,
    frechet_score,
    gaussian_distance,
    paired_frechet_distance,
)


def covariance(seed: int, size: int = 5) -> np.ndarray:
    factor = np.random.default_rng(seed).standard_normal((size, size))
    return factor @ factor.T + 0.1 * np.eye(size)


def test_gaussians_of_one_dimension_by_hand() -> None:
    # (1 − 4)² + (2 − 5)² of deviations: 4 + 25 − 2 · 2 · 5 = 9.
    found = gaussian_distance(np.array([1.0]), np.array([[4.0]]), np.array([4.0]), np.array([[25.0]]))
    assert found == pytest.approx(9.0 + 9.0)


def test_covariances_that_commute_by_hand() -> None:
    # Diagonal: Σ (√a − √b)² = (1 − 2)² + (3 − 1)² + (2 − 2)² = 5.
    zero = np.zeros(3)
    found = gaussian_distance(zero, np.diag([1.0, 9.0, 4.0]), zero, np.diag([4.0, 1.0, 4.0]))
    assert found == pytest.approx(5.0)


@given(seed=st.integers(0, 50), other=st.integers(51, 99))
def test_it_is_that_of_scipys_matrix_root(seed: int, other: int) -> None:
    a, b = covariance(seed), covariance(other)
    mean_a, mean_b = np.arange(5.0), np.ones(5)
    root = np.real(linalg.sqrtm(a @ b))
    wanted = np.sum((mean_a - mean_b) ** 2) + np.trace(a + b - 2.0 * root)
    found = gaussian_distance(mean_a, a, mean_b, b)
    assert found == pytest.approx(wanted, rel=1e-6)
    assert gaussian_distance(mean_b, b, mean_a, a) == pytest.approx(found)
    assert gaussian_distance(mean_a, a, mean_a, a) == pytest.approx(0.0, abs=1e-9)


def test_large_samples_are_as_far_apart_as_their_gaussians() -> None:
    generator = np.random.default_rng(0)
    a, b, shift = covariance(1, 3), covariance(2, 3), np.array([1.0, 0.0, -2.0])
    one = generator.multivariate_normal(np.zeros(3), a, 40_000)
    other = generator.multivariate_normal(shift, b, 40_000)
    assert frechet_distance(one, other) == pytest.approx(gaussian_distance(np.zeros(3), a, shift, b), rel=0.03)


def test_a_set_is_at_no_distance_from_itself_moved_by_its_shift_and_squared_in_scale() -> None:
    one = np.random.default_rng(3).standard_normal((50, 6))
    assert frechet_distance(one, one) == pytest.approx(0.0, abs=1e-9)
    assert frechet_distance(one, one + 2.0) == pytest.approx(6 * 4.0)
    other = np.random.default_rng(4).standard_normal((60, 6)) + 0.3
    assert frechet_distance(3.0 * one, 3.0 * other) == pytest.approx(9.0 * frechet_distance(one, other))


def test_small_samples_of_one_distribution_look_apart() -> None:
    generator = np.random.default_rng(6)
    found = [
        np.mean([frechet_distance(*generator.standard_normal((2, size, 8))) for _ in range(20)])
        for size in (20, 80, 320)
    ]
    assert found == sorted(found, reverse=True)
    assert found[0] > 10 * found[2] > 0.0


def test_a_singular_covariance_has_no_score() -> None:
    one = np.random.default_rng(3).standard_normal((9, 8))
    assert frechet_score(one, one).value == pytest.approx(0.0, abs=1e-9)
    score = frechet_score(one, one[:8])
    assert score.na is not None
    assert (score.na.reason, score.na.needed) == ("insufficient_samples", 9)
    assert score.na.detail == "8 samples of 8 features have a singular covariance: 9 need not"


def test_a_pair_that_counts_twice_is_a_pair_more() -> None:
    generator = np.random.default_rng(3)
    one, other = generator.standard_normal((2, 12, 3))
    weights = np.array([2.0, 0.0] + [1.0] * 10)
    rows = [0, 0, *range(2, 12)]
    assert paired_frechet_distance(one, other)(weights) == pytest.approx(frechet_distance(one[rows], other[rows]))
