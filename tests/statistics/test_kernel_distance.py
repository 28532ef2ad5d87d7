"""Kernel distance: by hand, by plain loops, and what it must be on average."""

import numpy as np
import pytest

from josie_bench.statistics.kernel_distance import (
    kernel_distance,
    kernel_score,
    paired_distance,
    unbiased_distance,
)

DRAW = np.random.default_rng(1)
ONE, OTHER = DRAW.standard_normal((12, 4)), DRAW.standard_normal((9, 4)) + 0.5


def kernel(x: np.ndarray, y: np.ndarray) -> float:
    return float((x @ y / len(x) + 1.0) ** 3)


def test_two_of_each_by_hand() -> None:
    # d = 1, k = (xy + 1)³. Of {0, 1}: k(0, 1) = 1. Of {0, 2}: 1. Across: k(0,0) + k(0,2) + k(1,0) + k(1,2) = 1+1+1+27.
    one, other = np.array([[0.0], [1.0]]), np.array([[0.0], [2.0]])
    assert unbiased_distance(one, other) == pytest.approx(1 + 1 - 2 * 30 / 4)


def test_it_is_what_plain_loops_find() -> None:
    within = [
        sum(kernel(x, y) for i, x in enumerate(side) for j, y in enumerate(side) if i != j) / (n * (n - 1))
        for side in (ONE, OTHER)
        if (n := len(side))
    ]
    across = np.mean([kernel(x, y) for x in ONE for y in OTHER])
    assert unbiased_distance(ONE, OTHER) == pytest.approx(sum(within) - 2 * across)
    assert unbiased_distance(OTHER, ONE) == pytest.approx(unbiased_distance(ONE, OTHER))


def test_samples_of_one_distribution_are_at_no_distance_on_average() -> None:
    generator = np.random.default_rng(5)
    found = [unbiased_distance(*generator.standard_normal((2, 20, 8))) for _ in range(600)]
    assert abs(np.mean(found)) < 3 * np.std(found) / np.sqrt(600)
    assert min(found) < 0.0 < max(found)


def test_a_shift_is_seen() -> None:
    generator = np.random.default_rng(5)
    one = generator.standard_normal((300, 8))
    shifts = [unbiased_distance(one, generator.standard_normal((300, 8)) + shift) for shift in (0.0, 0.5, 1.0)]
    assert shifts == sorted(shifts)
    assert shifts[1] > 10 * abs(shifts[0])


def test_subsets_are_as_large_as_the_smaller_set_allows_and_seeded() -> None:
    found = kernel_distance(ONE, OTHER, subsets=20)
    assert (found.size, found.subsets) == (9, 20)
    assert found.deviation > 0.0
    assert kernel_distance(ONE, OTHER, subsets=20) == found
    assert kernel_distance(ONE, OTHER, subsets=20, seed=3) != found
    whole = kernel_distance(ONE, ONE[::-1], subsets=3)
    assert whole.deviation == pytest.approx(0.0, abs=1e-12)
    assert kernel_distance(ONE, OTHER, subsets=400, size=6).mean == pytest.approx(
        unbiased_distance(ONE, OTHER), abs=3 * kernel_distance(ONE, OTHER, subsets=400, size=6).deviation / 20
    )


def test_a_score_says_its_number_or_why_there_is_none() -> None:
    score = kernel_score(ONE, OTHER)
    assert (score.value, score.n) == (kernel_distance(ONE, OTHER).mean, 9)
    nothing = kernel_score(ONE[:1], OTHER)
    assert nothing.na is not None and (nothing.na.reason, nothing.na.needed) == ("insufficient_samples", 2)


def test_paired_sets_leave_out_the_pair_itself() -> None:
    one, other = ONE[:9], OTHER
    h = [
        kernel(one[i], one[j]) + kernel(other[i], other[j]) - kernel(one[i], other[j]) - kernel(one[j], other[i])
        for i in range(9)
        for j in range(9)
        if i != j
    ]
    assert paired_distance(one, other)(np.ones(9)) == pytest.approx(np.mean(h))


def test_a_copy_is_at_no_distance_however_it_is_drawn() -> None:
    distance = paired_distance(ONE, ONE.copy())
    for seed in range(5):
        weights = np.random.default_rng(seed).multinomial(12, np.full(12, 1 / 12)).astype(np.float64)
        assert distance(weights) == pytest.approx(0.0, abs=1e-12)


def test_pairs_that_count_twice_are_never_held_against_themselves() -> None:
    weights = np.array([2.0, 1.0, 0.0])
    distance = paired_distance(ONE[:3], OTHER[:3])
    assert distance(weights) == pytest.approx(distance(np.array([1.0, 1.0, 0.0])))
