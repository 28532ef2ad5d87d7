"""Tests of the Clopper-Pearson interval and the scores made from it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from josie_bench.statistics.proportion import clopper_pearson, count_score, ratio_score, wilson
from tests.statistics.orders import remembering

PUBLISHED_UPPER_PERCENT = {
    0: {300: 0.994, 1_000: 0.299, 3_000: 0.0998, 9_000: 0.0333, 30_000: 0.0100},
    1: {300: 1.57, 1_000: 0.474, 3_000: 0.158, 9_000: 0.0527, 30_000: 0.0158},
    3: {300: 2.56, 1_000: 0.774, 3_000: 0.258, 9_000: 0.0861, 30_000: 0.0258},
}


@pytest.mark.parametrize(
    ("misses", "n", "percent"),
    [(k, n, upper) for k, row in PUBLISHED_UPPER_PERCENT.items() for n, upper in row.items()],
)
def test_one_sided_upper_bounds_are_the_published_ones(misses: int, n: int, percent: float) -> None:
    upper = clopper_pearson(misses, n, level=0.90)[1]
    assert 100 * upper == pytest.approx(percent, rel=5.1e-3)


@pytest.mark.parametrize("n", [1, 10, 300])
def test_no_count_at_all_has_the_closed_form_bound(n: int) -> None:
    assert clopper_pearson(0, n) == pytest.approx((0.0, 1 - 0.025 ** (1 / n)))
    assert clopper_pearson(n, n) == pytest.approx((0.025 ** (1 / n), 1.0))


@given(n=st.integers(1, 500), data=st.data(), level=st.sampled_from([0.8, 0.9, 0.95, 0.99]))
def test_interval_is_scipys_and_contains_the_ratio(n: int, data: st.DataObject, level: float) -> None:
    count = data.draw(st.integers(0, n))
    low, high = clopper_pearson(count, n, level)
    oracle = stats.binomtest(count, n).proportion_ci(level, method="exact")
    assert (low, high) == pytest.approx((oracle.low, oracle.high), rel=1e-6, abs=1e-9)
    assert low <= count / n <= high


@pytest.mark.parametrize(("count", "n"), [(-1, 3), (4, 3), (0, 0)])
def test_what_is_no_proportion_is_refused(count: int, n: int) -> None:
    with pytest.raises(ValueError, match=f"{count} of {n}"):
        clopper_pearson(count, n)


def test_score_holds_count_sample_and_interval() -> None:
    score = count_score(3, 12)
    assert (score.value, score.count, score.n, score.na) == (0.25, 3, 12, None)
    assert score.interval is not None
    assert (score.interval.low, score.interval.high) == clopper_pearson(3, 12, 0.95)
    assert score.interval.level == 0.95
    assert score.interval.method == "Clopper-Pearson, taken as independent"


def test_ratio_of_nothing_has_no_samples() -> None:
    for score in (count_score(0, 0), ratio_score(np.zeros(0, dtype=np.bool_))):
        assert score.value is None
        assert score.na is not None
        assert score.na.reason == "no_samples"


def test_misses_in_a_row_are_scaled_to_what_they_are_worth() -> None:
    # Ten late of 40, in a row: in quarters 3 ×10, −1 ×30, r_0 = 120; r_j = (9(10−j) − 3j + 30−j)/120 = (120 − 13j)/120
    # down to r_9 = 3/120, and r_10 is below 0: τ = 1 + 2·(9 − 13·45/120) = 9.25, and √(38/40) more.
    score = ratio_score(np.arange(40) < 10)
    worth = 40 / (9.25 * (1 + (38 / 40) ** 0.5))
    assert score.n_eff == pytest.approx(worth)
    assert score.interval is not None and score.interval.high is not None
    assert (score.interval.low, score.interval.high) == pytest.approx(clopper_pearson(worth / 4, worth))
    assert score.interval.high > clopper_pearson(10, 40)[1]
    assert score.interval.method == "Clopper-Pearson on n_eff, within one run"
    assert (score.value, score.count, score.n, score.clusters) == (0.25, 10, 40, 1)


@pytest.mark.parametrize(("n", "seed"), [(30, 5), (49, 4)])
def test_misses_throughout_are_a_share_of_one_however_they_depend_on_each_other(n: int, seed: int) -> None:
    """Their effective number, some 1.9 of 30, is no fraction that goes into 30 again without rounding."""
    score = ratio_score(np.ones(n, dtype=np.bool_), np.cumsum(np.random.default_rng(seed).normal(size=n)))
    assert score.interval is not None
    assert (score.value, score.interval.high) == (1.0, 1.0)


def test_no_miss_at_all_is_worth_what_the_slowest_windows_are() -> None:
    values = remembering(0.9, 1, 3000, seed=5)[0]
    none = np.zeros(3000, dtype=np.bool_)
    score = ratio_score(none, values)
    assert score.n_eff is not None and score.n_eff < 1000
    assert score.interval is not None
    assert (score.interval.low, score.interval.high) == pytest.approx((0.0, 1 - 0.025 ** (1 / score.n_eff)))
    assert ratio_score(none).n_eff == 3000.0


def test_runs_that_miss_as_a_whole_are_in_the_interval() -> None:
    runs = np.repeat(np.arange(30), 10)
    score = ratio_score(runs < 3, runs=runs)
    assert score.interval is not None and score.interval.high is not None
    assert score.clusters == 30
    assert score.interval.high > 0.19  # of 300 independent windows it would be 0.14
    assert "30 runs" in score.interval.method


def test_a_handful_of_windows_is_taken_as_independent_and_says_so() -> None:
    score = ratio_score(np.array([True, True, False, False, False, False]))
    assert score.n_eff == 6.0
    assert score.interval is not None
    assert (score.interval.low, score.interval.high) == clopper_pearson(2, 6)
    assert score.interval.method == "Clopper-Pearson, taken as independent, within one run"


@given(n=st.integers(1, 500), data=st.data(), level=st.sampled_from([0.8, 0.95, 0.99]))
def test_wilsons_interval_is_scipys_and_contains_the_ratio(n: int, data: st.DataObject, level: float) -> None:
    count = data.draw(st.integers(0, n))
    low, high = wilson(count, n, level)
    oracle = stats.binomtest(count, n).proportion_ci(level, method="wilson")
    assert (low, high) == pytest.approx((oracle.low, oracle.high), abs=1e-9)
    assert low <= count / n <= high


def test_wilsons_interval_of_eight_in_ten_is_the_one_in_the_books() -> None:
    # z = 1.96: (0.8 + 0.19207) / 1.38415 = 0.71674, ± 1.95996·√(0.016 + 0.0096037) / 1.38415 = 0.22658.
    assert wilson(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)
    with pytest.raises(ValueError, match="3 of 2"):
        wilson(3, 2)
