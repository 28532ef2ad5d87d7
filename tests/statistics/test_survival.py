"""Censored onsets, worked by hand and against scipy's Kaplan-Meier."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import stats

from josie_bench.statistics.survival import kaplan_meier, onset_scores

ONSETS = st.lists(st.tuples(st.integers(1, 40), st.booleans()), min_size=2, max_size=60)

# Onsets 1, 2+, 3, 4, 4+, 5 (+ is censored). At risk 6, 4, 3, 1: S = 5/6, 5/8, 5/12, 0.
TIMES = np.array([4.0, 1.0, 2.0, 5.0, 3.0, 4.0])
CAME = np.array([True, True, False, True, True, False])


def split(pairs: list[tuple[int, bool]]) -> tuple[np.ndarray, np.ndarray]:
    return np.array([float(at) for at, _ in pairs]), np.array([came for _, came in pairs])


def test_each_answer_lowers_the_share_of_those_still_silent() -> None:
    curve = kaplan_meier(TIMES, CAME)
    assert curve.time.tolist() == [1.0, 3.0, 4.0, 5.0]
    assert curve.at_risk.tolist() == [6.0, 4.0, 3.0, 1.0]
    assert curve.share == pytest.approx([5 / 6, 5 / 8, 5 / 12, 0.0])


def test_its_bounds_are_those_of_log_minus_log_with_greenwoods_variance() -> None:
    curve = kaplan_meier(TIMES, CAME)
    # At 3: V = 1/(6·5) + 1/(4·3) = 7/60, √V / |ln 5/8| = 0.34157 / 0.47000 = 0.72672, times 1.95996: e^±1.42434.
    assert curve.low[1] == pytest.approx(0.625 ** math.exp(1.42434), abs=1e-4)
    assert curve.high[1] == pytest.approx(0.625 ** math.exp(-1.42434), abs=1e-4)
    assert math.isnan(curve.low[-1]) and math.isnan(curve.high[-1])


def test_scores_are_the_hand_worked_ones() -> None:
    found = onset_scores(TIMES, CAME, limit=5.0)
    assert [found[name].value for name in ("q1", "median", "q3")] == [3.0, 4.0, 5.0]
    # 1 + 2·5/6 + 1·5/8 + 1·5/12, and with areas 65/24, 25/24, 10/24 … from 1, 3, 4 on:
    assert found["restricted_mean"].value == pytest.approx(1 + 10 / 6 + 5 / 8 + 5 / 12)
    variance = (65 / 24) ** 2 / 30 + (25 / 24) ** 2 / 12 + (10 / 24) ** 2 / 6
    interval = found["restricted_mean"].interval
    assert interval is not None and interval.high is not None and interval.low is not None
    assert interval.high - interval.low == pytest.approx(2 * 1.959964 * math.sqrt(variance), rel=1e-6)
    assert (found["response_rate"].count, found["response_rate"].n) == (4, 6)
    assert {score.n for score in found.values()} == {6}


def test_an_answer_after_the_limit_is_none() -> None:
    found = onset_scores(np.array([100.0, 200.0, 300.0, 20_000.0]), np.ones(4, dtype=np.bool_), limit=10_000.0)
    assert found["response_rate"].count == 3
    assert found["median"].value == 200.0
    assert found["restricted_mean"].value == pytest.approx((100 + 200 + 300 + 10_000) / 4)


def test_the_median_of_a_model_that_seldom_answers_is_censored_not_that_of_its_answers() -> None:
    came = np.array([True, True, False, False, False])
    found = onset_scores(np.array([100.0, 200.0, 1000.0, 1000.0, 1000.0]), came, limit=1000.0)
    assert found["median"].na is not None
    assert found["median"].na.reason == "censored"
    assert found["median"].na.detail == "of 5 fewer than 50% came within 1000"
    assert found["q1"].value == 200.0
    assert found["restricted_mean"].value == pytest.approx((100 + 200 + 3 * 1000) / 5)


def test_an_answer_before_the_turn_ended_is_negative_and_lowers_the_mean() -> None:
    found = onset_scores(np.array([-300.0, 100.0, 500.0]), np.ones(3, dtype=np.bool_), limit=1000.0)
    assert found["restricted_mean"].value == pytest.approx(100.0)
    assert found["q1"].value == -300.0


def test_no_answer_at_all_has_a_rate_and_a_mean_at_the_limit() -> None:
    found = onset_scores(np.full(5, 1000.0), np.zeros(5, dtype=np.bool_), limit=1000.0)
    assert found["response_rate"].value == 0.0
    assert found["restricted_mean"].value == 1000.0
    assert found["median"].value is None


def test_a_turn_that_was_not_watched_to_the_limit_counts_until_it_was() -> None:
    # At 300 two of three are still watched: S = 1/2 there, and 2/3 had the first been silent to the end.
    found = onset_scores(np.array([200.0, 300.0, 1000.0]), np.array([False, True, False]), limit=1000.0)
    assert found["median"].value == 300.0
    assert found["restricted_mean"].value == pytest.approx(0.5 * 300 + 0.5 * 1000)


def test_no_turn_has_no_samples() -> None:
    found = onset_scores(np.zeros(0), np.zeros(0, dtype=np.bool_), limit=1000.0)
    assert {score.na.reason for score in found.values() if score.na} == {"no_samples"}
    assert all(score.value is None for score in found.values())


@pytest.mark.filterwarnings("ignore:The confidence interval is undefined")  # before the first and at the last
@given(pairs=ONSETS)
def test_it_is_scipys_estimate_with_its_bounds(pairs: list[tuple[int, bool]]) -> None:
    times, came = split(pairs)
    assume(came.any())
    curve = kaplan_meier(times, came)
    oracle = stats.ecdf(stats.CensoredData.right_censored(times, ~came)).sf
    at = np.searchsorted(oracle.quantiles, curve.time)
    assert curve.share == pytest.approx(oracle.probabilities[at], abs=1e-9)
    with np.errstate(divide="ignore", invalid="ignore"):
        bounds = oracle.confidence_interval(method="log-log")
    inner = (curve.share > 0.0) & (curve.share < 1.0)
    assert curve.low[inner] == pytest.approx(bounds.low.probabilities[at][inner], abs=1e-9)
    assert curve.high[inner] == pytest.approx(bounds.high.probabilities[at][inner], abs=1e-9)


@given(times=st.lists(st.integers(1, 40), min_size=1, max_size=60))
def test_where_all_answered_it_is_the_plain_sample(times: list[int]) -> None:
    found = onset_scores(np.array(times, dtype=np.float64), np.ones(len(times), dtype=np.bool_), limit=40.0)
    assert found["restricted_mean"].value == pytest.approx(np.mean(times))
    assert found["median"].value == np.quantile(times, 0.5, method="inverted_cdf")


@given(pairs=ONSETS)
def test_a_quantile_lies_within_its_bounds(pairs: list[tuple[int, bool]]) -> None:
    times, came = split(pairs)
    for score in onset_scores(times, came, limit=40.0).values():
        if score.value is not None and score.interval is not None:
            assert score.interval.low is None or score.interval.low <= score.value + 1e-9
            assert score.interval.high is None or score.interval.high >= score.value - 1e-9


@pytest.mark.slow
def test_intervals_of_median_and_mean_cover() -> None:
    """Exponential onsets with mean 600 ms censored at 1 s, n = 60, 1,000 repetitions."""
    generator, hits = np.random.default_rng(11), {"median": 0, "restricted_mean": 0}
    truth = {"median": 600 * math.log(2), "restricted_mean": 600 * (1 - math.exp(-1000 / 600))}
    for _ in range(1000):
        times = generator.exponential(600.0, 60)
        found = onset_scores(times, np.ones(60, dtype=np.bool_), limit=1000.0)
        for name, true in truth.items():
            interval = found[name].interval
            assert interval is not None and interval.low is not None
            hits[name] += interval.low <= true <= (math.inf if interval.high is None else interval.high)
    assert min(hits.values()) >= 930, hits


@pytest.mark.parametrize("times", [[400.0], [400.0] * 9])
def test_onsets_that_do_not_scatter_bound_nothing(times: list[float]) -> None:
    found = onset_scores(np.array(times), np.ones(len(times), dtype=np.bool_), limit=1000.0)
    assert found["median"].value == found["restricted_mean"].value == 400.0
    assert found["median"].interval is None
    assert found["restricted_mean"].interval is None


def test_a_model_that_never_answers_has_a_mean_at_the_limit_that_nothing_bounds() -> None:
    found = onset_scores(np.array([1000.0] * 4), np.zeros(4, dtype=np.bool_), limit=1000.0)
    assert (found["restricted_mean"].value, found["restricted_mean"].interval) == (1000.0, None)
