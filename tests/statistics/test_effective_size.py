"""Tests of how many independent windows a series is worth."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import special, stats

from josie_bench.statistics.effective_size import (
    FEWEST,
    correlation_time,
    effective_size,
    inflation,
    sessions_effective_size,
    tail_effective_size,
)
from josie_bench.statistics.order_statistics import needed_samples, quantile, quantile_interval
from josie_bench.statistics.proportion import ratio_score
from tests.statistics.orders import remembering, scattered

FLAGS = st.lists(st.booleans(), min_size=1, max_size=80)


def correlations(exceeds: list[bool], runs: list[int]) -> list[float]:
    """Return r_1, r_2, … by two plain loops."""
    n, mean = len(exceeds), sum(exceeds) / len(exceeds)
    off = [flag - mean for flag in exceeds]
    products = [sum(off[k] * off[k + lag] for k in range(n - lag) if runs[k] == runs[k + lag]) for lag in range(n)]
    return [product / products[0] for product in products[1:]]


def test_the_sum_ends_where_neighbours_are_unlike() -> None:
    # 1 1 0 0 …, ten times: deviations ±½; 20 of 39 neighbours are equal, so r_1 = (20 − 19)/40; r_2 = −38/40 ends it.
    flags = np.array([True, True, False, False] * 10)
    assert effective_size(flags) == pytest.approx(40 / ((1 + 2 / 40) * (1 + math.sqrt(6 / 40))))


def test_one_block_of_flags_is_counted_out_by_hand() -> None:
    # 1 1 0 0 0 0: mean 1/3; in thirds 2 2 −1 −1 −1 −1; r_0 = 12, r_1 = 4 − 2 + 3 = 5 and r_2 = −4 + 2 ends it.
    flags = np.array([True, True, False, False, False, False])
    assert effective_size(flags) == pytest.approx(6 / ((1 + 2 * 5 / 12) * (1 + math.sqrt(6 / 6))))


def test_dependence_does_not_cross_runs() -> None:
    flags = np.array([False, True, True, False])
    assert effective_size(flags, np.array([0, 0, 1, 1])) == 4.0  # each run has one of each: r_1 = −½
    assert effective_size(np.array([True, True, False, False]), np.array([0, 0, 1, 1])) == 4 / (
        2 * (1 + math.sqrt(6 / 4))
    )  # r_1 = ½ of r_0


def test_runs_need_not_be_equally_long_nor_numbered_from_zero() -> None:
    # Mean 5/7; in sevenths 2 2 2 −5 | −5 | 2 2: r_0 = 5·4 + 2·25 = 70, r_1 = 4 + 4 − 10 + 4 = 2, r_2 = 4 − 10 ends it.
    flags, runs = [True, True, True, False, False, True, True], [4, 4, 4, 4, 7, 9, 9]
    assert effective_size(np.array(flags), np.array(runs)) == pytest.approx(
        7 / ((1 + 2 * 2 / 70) * (1 + math.sqrt(6 / 7)))
    )


@given(flags=FLAGS, data=st.data())
def test_it_is_what_two_plain_loops_find(flags: list[bool], data: st.DataObject) -> None:
    runs = sorted(data.draw(st.lists(st.integers(0, 3), min_size=len(flags), max_size=len(flags))))
    assume(len(set(flags)) == 2)
    found = correlations(flags, runs)
    assume(all(abs(r - 0.02) > 1e-9 for r in found))  # at the cut itself rounding decides
    summed = list(itertools.takewhile(lambda r: r > 0.02, found))
    above = math.sqrt((4 * len(summed) + 2) / len(flags)) if summed else 0.0
    inflation = (1 + 2 * sum(summed)) * (1 + above)
    assert effective_size(np.array(flags), np.array(runs)) == pytest.approx(len(flags) / inflation)


def test_whole_slow_runs_are_worth_one_window_each() -> None:
    # The design effect: with all of the spread between 10 runs of 40, τ = 40 and n_eff = 10, less a standard error.
    runs = np.repeat(np.arange(10), 40)
    assert effective_size(runs % 2 == 0, runs) == pytest.approx(10.0 / (1 + math.sqrt((4 * 39 + 2) / 400)))


def test_what_lasts_in_one_of_several_sessions_counts_though_others_come_between() -> None:
    """Four sessions in turn, each of which is slow in stretches of 25 windows of its own."""
    draw = np.random.default_rng(4)
    slow = np.repeat(draw.random((40, 4)) < 0.5, 25, axis=0)
    values = np.where(slow, 100.0, 80.0).ravel() + draw.random(4000)
    sessions = np.tile(np.arange(4), 1000)
    assert sessions_effective_size(values, values > 90.0, None, None) > 2000
    assert sessions_effective_size(values, values > 90.0, None, sessions) < 4000 / 20


def test_sessions_that_differ_for_good_are_worth_their_windows() -> None:
    sessions = np.tile(np.arange(4), 100)  # in lock-step the last waits longest, each time
    values = 10.0 * sessions + scattered(np.arange(400.0)) / 40.0
    found = sessions_effective_size(values, values > 35.0, None, sessions)
    assert found == tail_effective_size(values, values > 35.0)
    assert found > 100


def test_flags_that_are_all_alike_show_no_dependence() -> None:
    assert effective_size(np.zeros(9, dtype=np.bool_)) == 9.0
    assert effective_size(np.ones(9, dtype=np.bool_)) == 9.0
    assert effective_size(np.zeros(0, dtype=np.bool_)) == 0.0


def test_the_autocorrelation_of_a_process_that_forgets_gives_its_inflation() -> None:
    # A normal AR(1) at its median: r_j = (2/π)·asin(ρ^j).
    series = remembering(0.5, 1, 200_000, seed=3)[0]
    inflation = 1 + 2 * sum(2 / math.pi * math.asin(0.5**j) for j in range(1, 60))
    assert len(series) / effective_size(series > 0.0) == pytest.approx(inflation, rel=0.05)


def test_an_independent_series_is_worth_its_length_and_a_dependent_one_less() -> None:
    """Of AR(1) τ is (1 + ρ) / (1 − ρ)."""
    for rho, tau in ((0.0, 1.0), (0.5, 3.0)):
        (series,) = remembering(rho, 1, 20_000, seed=0)
        assert correlation_time(series - series.mean()) == pytest.approx(tau, rel=0.15)


def test_a_series_without_any_deviation_is_worth_its_length() -> None:
    assert correlation_time(np.zeros(5)) == inflation(np.zeros(5)) == 1.0


def test_a_thin_tail_is_no_more_independent_than_the_outermost_windows() -> None:
    # Five bursts of 20 slow windows; of each only one is above the bound, so flags alone look independent.
    values = scattered(np.arange(1000.0))
    for start in range(100, 1000, 200):
        values[start : start + 20] = 2000.0 + np.arange(20.0)
    exceeds = values >= 2019.0
    assert effective_size(exceeds) == 1000.0
    assert tail_effective_size(values, exceeds) < 100.0
    assert tail_effective_size(-values, -values > -2019.0) == tail_effective_size(values, exceeds)  # a lower tail


def test_a_tail_of_many_windows_speaks_for_itself() -> None:
    values = remembering(0.9, 1, 2 * FEWEST, seed=1)[0]
    exceeds = values > quantile(values, 0.5)
    assert tail_effective_size(values, exceeds) == effective_size(exceeds)


def test_where_nothing_was_exceeded_the_outermost_twentieth_speaks() -> None:
    values = remembering(0.9, 1, 4000, seed=2)[0]
    nothing = np.zeros(4000, dtype=np.bool_)
    assert tail_effective_size(values, nothing) == effective_size(values > np.sort(values)[-201])
    assert tail_effective_size(values, ~nothing) == effective_size(values < np.sort(values)[200])


def test_windows_that_never_ended_are_a_tail_too() -> None:
    values = scattered(np.arange(400.0))
    values[100:110] = math.inf
    assert tail_effective_size(values, np.isinf(values)) < 200.0


@pytest.mark.slow
@pytest.mark.parametrize("rho", [0.0, 0.5, 0.9])
def test_intervals_of_series_that_remember_cover(rho: float) -> None:
    """n = 3000, 1,500 repetitions: the interval of each percentile that is printed holds the truth 93 % of the time."""
    series = remembering(rho, 1500, 3000, seed=int(10 * rho))
    for p in (0.5, 0.99):
        truth, hits, printed = stats.norm.ppf(p), 0, 0
        for values in series:
            n_eff = tail_effective_size(values, values > quantile(values, p))
            interval = quantile_interval(values, p, n_eff=n_eff)
            if interval.low is not None and interval.high is not None:
                printed += 1
                hits += interval.low <= truth <= interval.high
        assert printed >= 1000
        assert hits / printed >= 0.93, (p, hits, printed)
    for ratio in (0.005, 0.01, 0.05):
        bound = special.ndtri(1 - ratio)
        intervals = [ratio_score(values > bound, values).interval for values in series]
        hits = sum(i is not None and i.low is not None and i.low <= ratio <= (i.high or 0.0) for i in intervals)
        assert hits / len(series) >= 0.93, (ratio, hits)


def test_chance_alone_would_leave_too_few_of_ten_independent_windows_for_a_median() -> None:
    series = np.random.default_rng(1).standard_normal((3000, 10))
    too_few = [effective_size(values > np.sort(values)[4]) < needed_samples(0.5) for values in series]
    assert np.mean(too_few) == pytest.approx(1 / 3, abs=0.03)
