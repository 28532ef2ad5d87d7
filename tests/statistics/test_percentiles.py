"""Tests of percentiles, extremes, means and spreads as scores."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from josie_bench.statistics.percentiles import (
    max_score,
    mean_score,
    median_over_rounds,
    percentile_scores,
    spread_score,
)
from josie_bench.terms.score import NotAvailable, Score, missing
from tests.statistics.orders import remembering, scattered

NOTHING = np.zeros(0)


def reason(score: Score) -> str | None:
    return None if score.na is None else score.na.reason


def test_names_are_those_of_the_percents() -> None:
    assert list(percentile_scores(np.ones(3))) == ["p50", "p95", "p99", "p99.9", "p99.99"]
    assert list(percentile_scores(np.ones(3), (1.0, 50.0), prefix="period.")) == ["period.p1", "period.p50"]


def test_percentile_of_a_thousand_carries_its_exact_interval() -> None:
    score = percentile_scores(scattered(np.arange(1.0, 1001.0)))["p99"]
    assert (score.value, score.n) == (990.0, 1000)
    assert score.interval is not None
    assert (score.interval.low, score.interval.high, score.interval.level) == (983.0, 997.0, 0.95)
    assert score.interval.method == "order statistic on n_eff, within one run"
    assert (score.n_eff, score.clusters) == (1000.0, 1)


@pytest.mark.parametrize(
    ("name", "needed"), [("p50", 6), ("p95", 72), ("p99", 368), ("p99.9", 3_688), ("p99.99", 36_887)]
)
def test_percentile_appears_with_exactly_the_needed_sample(name: str, needed: int) -> None:
    short = percentile_scores(scattered(np.arange(float(needed - 1))))[name]
    assert reason(short) == "insufficient_samples"
    assert short.na is not None
    assert (short.n, short.na.needed) == (needed - 1, needed)
    assert str(needed) in short.na.detail and name in short.na.detail
    enough = percentile_scores(scattered(np.arange(float(needed))))[name]
    assert enough.value is not None
    assert enough.interval is not None and None not in (enough.interval.low, enough.interval.high)


def test_percent_keeps_its_decimal_value() -> None:
    # 99.9 % of 10,000 is rank 9,990; read in binary, 99.9 / 100 may exceed 0.999 and give 9,991.
    assert percentile_scores(scattered(np.arange(1.0, 10_001.0)))["p99.9"].value == 9_990.0


@given(st.lists(st.floats(-1e6, 1e6), min_size=6, max_size=80))
def test_median_lies_in_its_interval_and_in_the_sample(values: list[float]) -> None:
    score = percentile_scores(scattered(values), (50.0,))["p50"]
    assert score.value in values
    assert score.interval is not None
    assert score.interval.low is not None and score.interval.high is not None
    assert score.interval.low <= score.value <= score.interval.high


def test_unanswered_window_is_infinitely_late_not_forgotten() -> None:
    values = scattered([*range(1, 96), *[math.inf] * 5])
    scores = percentile_scores(values, (50.0, 95.0))
    assert scores["p50"].value == 50.0
    assert scores["p95"].value == 95.0
    assert scores["p95"].interval is not None
    assert scores["p95"].interval.high is None
    one_more = percentile_scores(scattered([*range(1, 95), *[math.inf] * 6]), (95.0,))["p95"]
    assert reason(one_more) == "censored"
    assert one_more.na is not None and "6 of 100" in one_more.na.detail
    assert one_more.n == 100


def test_no_further_windows_are_asked_for_where_too_many_were_never_answered() -> None:
    """Of 320 windows p99 is the 317th in order, so four that hang make it infinite, at any number of windows."""
    hanging = percentile_scores(scattered([*range(1, 317), *[math.inf] * 4]), (99.0,))["p99"]
    assert hanging.na == NotAvailable(reason="censored", detail="4 of 320 never ended within the trial")
    few = percentile_scores(scattered([*range(1, 318), *[math.inf] * 3]), (99.0,))["p99"]
    assert few.na is not None
    assert (few.na.reason, few.na.needed) == ("insufficient_samples", 368)


def test_max_is_the_largest_without_an_interval() -> None:
    score = max_score(np.array([-3.0, -1.0, -2.0]))
    assert (score.value, score.n, score.interval) == (-1.0, 3, None)


def test_mean_is_the_mean_without_an_interval() -> None:
    score = mean_score(np.array([1.0, 2.0, 6.0]))
    assert (score.value, score.n, score.interval) == (3.0, 3, None)


def test_spread_is_the_difference_of_two_percentiles() -> None:
    score = spread_score(scattered(np.arange(1.0, 1001.0)), 50.0, 99.0)
    assert (score.value, score.n, score.interval) == (990.0 - 500.0, 1000, None)
    assert reason(spread_score(np.arange(367.0), 50.0, 99.0)) == "insufficient_samples"
    # Reversed, the low percentile is the one that is missing.
    assert reason(spread_score(np.arange(367.0), 99.0, 50.0)) == "insufficient_samples"


def test_extremes_and_means_are_censored_by_one_unanswered_window() -> None:
    values = np.array([1.0, math.inf])
    assert reason(max_score(values)) == reason(mean_score(values)) == "censored"


def test_nothing_has_no_samples() -> None:
    found = [*percentile_scores(NOTHING).values(), max_score(NOTHING), mean_score(NOTHING)]
    assert {reason(score) for score in [*found, spread_score(NOTHING, 50.0, 99.0)]} == {"no_samples"}
    assert {score.n for score in found} == {0}


def test_windows_that_follow_each_other_widen_the_interval_to_the_ranks_of_their_worth() -> None:
    # 5,000 values, each twice in a row: with r_1 near ½ the ten thousand are worth about half.
    pairs = np.repeat(scattered(np.arange(5000.0)), 2)
    score = percentile_scores(pairs, (95.0,))["p95"]
    assert score.n_eff == pytest.approx(5000.0, rel=0.08)
    alone = percentile_scores(scattered(np.arange(5000.0)), (95.0,))["p95"]
    assert score.interval is not None and alone.interval is not None
    assert score.interval.low == pytest.approx(alone.interval.low, abs=2.0)
    assert score.interval.high == pytest.approx(alone.interval.high, abs=2.0)


def test_series_that_remembers_says_how_many_more_windows_it_takes() -> None:
    values = remembering(0.9, 1, 500, seed=1)[0]
    score = percentile_scores(values, (99.0,))["p99"]
    assert score.value is None and score.na is not None and score.n_eff is not None
    assert score.na.needed == math.ceil(368 * 500 / score.n_eff) > 1_000
    assert f"worth {score.n_eff:.0f} independent ones" in score.na.detail


def test_slow_runs_are_in_the_interval_of_twenty_and_more() -> None:
    runs = np.repeat(np.arange(24), 40)
    values = scattered(np.arange(960.0)) / 960.0 + runs % 2
    score = percentile_scores(values, (50.0,), runs=runs)["p50"]
    assert score.clusters == 24
    assert score.n_eff == pytest.approx(24.0 / (1 + math.sqrt((4 * 39 + 2) / 960)))
    assert score.interval is not None and score.interval.low is not None and score.interval.high is not None
    assert score.interval.low < 0.9 and score.interval.high > 1.1
    assert "24 runs" in score.interval.method and "wider than" in score.interval.method
    assert percentile_scores(values, (50.0,))["p50"].clusters == 1


def test_the_interval_of_several_sessions_knows_what_lasts_in_one() -> None:
    """Each of four sessions takes 100 ms or 80 ms, for 25 windows on average; three in four take no more than 100."""
    draw, held = np.random.default_rng(3), 0
    sessions = np.tile(np.arange(4), 400)
    for _ in range(40):
        changes = draw.random((400, 4)) < 1 / 25
        is_slow = (np.cumsum(changes, axis=0) + draw.integers(2, size=4)) % 2 == 0
        took = (np.where(is_slow, 100.0, 80.0) * np.exp(0.05 * draw.standard_normal((400, 4)))).ravel()
        found = percentile_scores(took, (75.0,), sessions=sessions)["p75"]
        held += found.interval.low <= 100.01 <= found.interval.high
    assert held >= 36


def test_many_sessions_are_drawn_again() -> None:
    sessions = np.tile(np.arange(20), 30)
    took = 100.0 + 10.0 * (sessions % 4) + scattered(np.arange(600.0)) / 60.0
    method = percentile_scores(took, (50.0,), sessions=sessions)["p50"].interval.method
    assert method == "bootstrap over 20 sessions, wider than: order statistic on n_eff, within one run"


def test_a_handful_of_windows_has_a_median_whatever_their_order() -> None:
    score = percentile_scores(np.arange(29.0), (50.0,))["p50"]
    assert score.value == 14.0 and score.n_eff == 29.0
    assert score.interval is not None
    assert score.interval.method == "order statistic, taken as independent, within one run"
    assert percentile_scores(np.arange(30.0), (50.0,))["p50"].value is None  # nothing but a trend


def test_a_sample_that_hangs_together_keeps_its_point_and_shows_none() -> None:
    values = np.array([10.0] * 350 + [40.0] * 50)
    score = percentile_scores(values, (99.0,))["p99"]
    assert (score.value, score.point, score.block) == (None, 40.0, 40.0)
    assert percentile_scores(values[33:], (99.0,))["p99"].point is None  # 367: too few however independent
    never = percentile_scores(np.where(values > 10.0, np.inf, values), (99.0,))["p99"]
    assert (never.value, never.block) == (None, None)


def test_spread_of_such_a_sample_has_a_point_of_its_own() -> None:
    score = spread_score(np.array([10.0] * 350 + [40.0] * 50), 50.0, 99.0)
    assert (score.value, score.point) == (None, 30.0)


def test_over_rounds_each_statistic_has_the_median_of_those_that_know_it() -> None:
    unknown = missing("too_short", "why")
    rounds = [
        {"a": unknown, "b": unknown},
        {"a": Score(value=3.0, n=9), "b": unknown},
        {"a": Score(value=1.0, n=9), "b": unknown},
    ]
    found = median_over_rounds(rounds)
    assert (found["a"].value, found["a"].n, found["a"].interval) == (1.0, 2, None)
    assert found["b"] is unknown
    assert median_over_rounds(rounds[1:2]) == rounds[1]
    slowest = {"a": missing("censored", "why"), "b": unknown}
    assert median_over_rounds([*rounds, slowest])["a"].value == 3.0  # of 1, 3 and without bound
    assert median_over_rounds([rounds[1], slowest, slowest])["a"].na.detail == "2 of 3 never ended within the trial"
    many = median_over_rounds([{"a": Score(value=float(k), n=1)} for k in range(9)])["a"]
    assert many.value == 4.0
    assert many.interval is not None
