"""Tests of nearest-rank quantiles, their exact intervals and the samples they need."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from josie_bench.statistics.order_statistics import (
    interval_ranks,
    nearest_rank,
    needed_samples,
    quantile,
    quantile_interval,
)

PROBABILITIES = st.sampled_from([0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999])
FINITE = st.floats(min_value=-1e9, max_value=1e9)


@pytest.mark.parametrize(
    ("n", "p", "rank"),
    [
        (1, 0.5, 1),
        (2, 0.5, 1),
        (3, 0.5, 2),
        (100, 0.95, 95),
        (100, 0.07, 7),  # 100 * 0.07 is 7.000000000000001 in binary: ceil of it would say 8
        (101, 0.95, 96),
        (1000, 0.999, 999),
        (1001, 0.999, 1000),
        (10, 0.01, 1),
    ],
)
def test_rank_is_the_ceiling_of_the_decimal_product(n: int, p: float, rank: int) -> None:
    assert nearest_rank(n, p) == rank


@given(n=st.integers(1, 5000), percent=st.integers(1, 99))
def test_rank_agrees_with_whole_number_arithmetic(n: int, percent: int) -> None:
    assert nearest_rank(n, percent / 100) == -(-n * percent // 100)


def test_quantile_of_one_to_hundred_is_its_percent() -> None:
    values = np.arange(100.0, 0.0, -1.0)
    assert [quantile(values, p) for p in (0.01, 0.5, 0.95, 0.99)] == [1.0, 50.0, 95.0, 99.0]


@given(values=st.lists(FINITE, min_size=1, max_size=60), p=PROBABILITIES)
def test_quantile_is_an_element_with_enough_of_the_sample_at_or_below(values: list[float], p: float) -> None:
    found = quantile(np.array(values), p)
    assert found in values
    assert sum(value <= found for value in values) >= p * len(values) - 1e-9
    assert sum(value < found for value in values) < p * len(values) + 1e-9


@given(values=st.lists(FINITE, min_size=1, max_size=60), p=PROBABILITIES)
def test_quantile_is_numpys_inverted_cdf(values: list[float], p: float) -> None:
    assume(abs(p * len(values) - round(p * len(values))) > 1e-6)  # numpy rounds n·p in binary
    assert quantile(np.array(values), p) == np.quantile(values, p, method="inverted_cdf")


@pytest.mark.parametrize(
    ("n", "p", "ranks"),
    [
        (1_000, 0.99, (983, 997)),
        (10_000, 0.99, (9_880, 9_920)),
        (10_000, 0.999, (9_983, 9_997)),
        (20_000, 0.999, (19_971, 19_989)),
    ],
)
def test_ranks_of_useful_samples_are_the_published_ones(n: int, p: float, ranks: tuple[int, int]) -> None:
    assert interval_ranks(n, p) == ranks


@given(n=st.integers(1, 400), p=PROBABILITIES, level=st.sampled_from([0.8, 0.9, 0.95, 0.99]))
def test_ranks_are_what_a_search_through_the_binomial_finds(n: int, p: float, level: float) -> None:
    tail = (1 - level) / 2
    below = {j: stats.binom.cdf(j - 1, n, p) for j in range(1, n + 1)}
    assume(all(abs(value - edge) > 1e-12 for value in below.values() for edge in (tail, 1 - tail)))
    low = max((j for j, value in below.items() if value <= tail), default=None)
    high = min((j for j, value in below.items() if value >= 1 - tail), default=None)
    assert interval_ranks(n, p, level) == (low, high)


def test_six_samples_bound_a_median_by_their_extremes_and_five_do_not() -> None:
    # 2 · 0.5⁶ = 0.03125 is inside 0.05, 2 · 0.5⁵ = 0.0625 is not.
    assert interval_ranks(6, 0.5) == (1, 6)
    assert interval_ranks(5, 0.5) == (None, None)


@pytest.mark.parametrize(
    ("p", "level", "needed"),
    [
        (0.5, 0.95, 6),
        (0.9, 0.95, 36),
        (0.95, 0.95, 72),
        (0.99, 0.95, 368),
        (0.999, 0.95, 3_688),
        (0.9999, 0.95, 36_887),
        (0.9, 0.99, 51),
        (0.95, 0.99, 104),
        (0.99, 0.99, 528),
        (0.999, 0.99, 5_296),
        (0.9999, 0.99, 52_981),
        (0.01, 0.95, 368),
    ],
)
def test_needed_samples_are_the_published_ones(p: float, level: float, needed: int) -> None:
    assert needed_samples(p, level) == needed


@pytest.mark.parametrize(
    ("p", "level", "needed"),
    [(0.9, 0.90, 29), (0.95, 0.90, 59), (0.99, 0.90, 299), (0.999, 0.90, 2_995), (0.99, 0.98, 459)],
)
def test_needed_samples_for_one_side_are_those_of_twice_the_tail(p: float, level: float, needed: int) -> None:
    assert needed_samples(p, level) == needed


@pytest.mark.parametrize("p", [0.01, 0.05, 0.5, 0.9, 0.95, 0.99])
def test_both_bounds_exist_from_exactly_the_needed_sample_on(p: float) -> None:
    needed = needed_samples(p)
    assert None not in interval_ranks(needed, p)
    assert None in interval_ranks(needed - 1, p)


@given(values=st.lists(FINITE, min_size=1, max_size=120), p=PROBABILITIES)
def test_interval_contains_the_estimate(values: list[float], p: float) -> None:
    sample = np.array(values)
    interval = quantile_interval(sample, p)
    assert interval.low is None or (interval.low in values and interval.low <= quantile(sample, p))
    assert interval.high is None or (interval.high in values and interval.high >= quantile(sample, p))


def test_interval_covers_the_true_quantile_as_often_as_it_says() -> None:
    generator = np.random.default_rng(20261123)
    truth = stats.norm.ppf(0.9)
    hits = 0
    for _ in range(400):
        interval = quantile_interval(generator.standard_normal(200), 0.9)
        assert interval.low is not None and interval.high is not None
        hits += interval.low <= truth <= interval.high
    assert hits / 400 >= 0.93


def test_interval_with_an_infinite_bound_has_none_on_that_side() -> None:
    # n = 100, p = 0.95: P(X ≥ 99) = 100 · 0.95⁹⁹ · 0.05 + 0.95¹⁰⁰ = 0.037 exceeds 0.025, so the upper rank is 100.
    values = np.arange(1.0, 101.0)
    assert quantile_interval(values, 0.95).high == 100.0
    censored = quantile_interval(np.append(values[:-1], math.inf), 0.95)
    assert censored.high is None
    assert censored.low == 90.0


@pytest.mark.parametrize("p", [0.0, 1.0, -0.1, 95.0])
def test_probability_outside_the_open_unit_interval_is_refused(p: float) -> None:
    for call in (lambda: nearest_rank(3, p), lambda: interval_ranks(3, p), lambda: needed_samples(p)):
        with pytest.raises(ValueError, match="strictly between 0 and 1"):
            call()


def test_quantile_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one sample"):
        quantile(np.zeros(0), 0.5)


def test_half_as_many_independent_samples_bound_by_the_same_shares_of_ranks() -> None:
    # 1000 worth 500: p95 of 500 lies between ranks 465 and 485, that is between 930 and 970 of 1000.
    assert interval_ranks(500, 0.95) == (465, 485)
    low, high = interval_ranks(1000, 0.95, n_eff=500.0)
    assert low in (930, 931) and high in (969, 970)
    assert interval_ranks(1000, 0.95, n_eff=1000.0) == interval_ranks(1000, 0.95)


@given(n=st.integers(6, 400), p=PROBABILITIES, worth=st.floats(0.01, 1.0))
def test_samples_that_are_worth_less_bound_no_more_closely(n: int, p: float, worth: float) -> None:
    assume(n * worth >= needed_samples(p))
    low, high = interval_ranks(n, p, n_eff=n * worth)
    tight_low, tight_high = interval_ranks(n, p)
    assert low is not None and tight_low is not None and low <= tight_low <= nearest_rank(n, p)
    assert high is not None and tight_high is not None and high >= tight_high >= nearest_rank(n, p)


def test_sides_vanish_with_the_worth_and_not_with_the_count() -> None:
    assert None in interval_ranks(5000, 0.99, n_eff=367.0)
    assert None not in interval_ranks(5000, 0.99, n_eff=368.0)
    assert interval_ranks(5000, 0.01, n_eff=367.0)[0] is None
