"""Tests of the Clopper-Pearson interval and the scores made from it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from josie_bench.statistics.proportion import clopper_pearson, ratio_score

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
    score = ratio_score(3, 12)
    assert (score.value, score.count, score.n, score.na) == (0.25, 3, 12, None)
    assert score.interval is not None
    assert (score.interval.low, score.interval.high) == clopper_pearson(3, 12, 0.95)
    assert score.interval.level == 0.95
    assert score.interval.method == "Clopper-Pearson, windows taken as independent"


def test_ratio_of_nothing_has_no_samples() -> None:
    score = ratio_score(0, 0)
    assert score.value is None
    assert score.na is not None
    assert score.na.reason == "no_samples"
