"""Slopes: lines, steps and peaks of known slope, a plain pairwise sum beside them, and windows that are alike."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import lfilter

from josie_bench.statistics.slope import FEWEST_STRETCHES, STRETCHES, slope_of_windows, slope_score

MINUTES = np.arange(600) / 200.0  # of 300 ms each, three minutes


def alike(rho: float, count: int, seed: int) -> np.ndarray:
    """Return an autoregressive series of that correlation from one to the next, of standard deviation 1."""
    noise = np.random.default_rng(seed).standard_normal(count) * np.sqrt(1.0 - rho**2)
    noise[0] /= np.sqrt(1.0 - rho**2)
    return lfilter([1.0], [1.0, -rho], noise)


def test_a_line_has_its_slope_and_no_doubt():
    found = slope_score(MINUTES, 5.0 + 2.0 * MINUTES)
    assert found.value == pytest.approx(2.0)
    assert (found.interval.low, found.interval.high) == (pytest.approx(2.0), pytest.approx(2.0))
    assert found.n == 600


def test_it_is_the_median_of_the_slopes_of_all_pairs_of_stretches():
    values = np.random.default_rng(1).normal(size=600) + MINUTES
    cut = [slice(30 * k, 30 * (k + 1)) for k in range(STRETCHES)]
    # 600 samples in 20 stretches of 2.995 / 20 min: the sample at place k · 30 is the first at or behind its edge.
    points = [(np.median(MINUTES[part]), np.median(values[part])) for part in cut]
    plain = np.median([(b - a) / (s - t) for (t, a), (s, b) in combinations(points, 2)])
    assert slope_score(MINUTES, values).value == pytest.approx(plain)


def test_a_step_and_a_peak_are_no_slope():
    assert slope_score(MINUTES, np.where(MINUTES < 0.5, 10.0, 30.0)).value == 0.0
    assert slope_score(MINUTES, np.where(np.abs(MINUTES - 1.0) < 0.2, 90.0, 10.0)).value == 0.0


@settings(max_examples=20)
@given(rate=st.floats(-100.0, 100.0), offset=st.floats(-100.0, 100.0), scale=st.floats(0.1, 10.0))
def test_a_line_that_is_added_adds_its_slope_and_units_cancel(rate, offset, scale):
    values = alike(0.0, 600, seed=2)
    bare = slope_score(MINUTES, values, middle=np.mean)
    tilted = slope_score(MINUTES, scale * values + rate * MINUTES + offset, middle=np.mean)
    assert tilted.value == pytest.approx(scale * bare.value + rate, abs=1e-6)
    assert tilted.interval.high == pytest.approx(scale * bare.interval.high + rate, abs=1e-6)


def test_few_samples_less_than_a_minute_and_mostly_empty_time_have_none():
    assert slope_score(MINUTES[:0], MINUTES[:0]).na.reason == "too_short"
    assert slope_score(MINUTES[:199], MINUTES[:199]).na.reason == "too_short"
    assert slope_score(MINUTES[::40], MINUTES[::40]).na.reason == "too_short"
    both_ends = np.concatenate((MINUTES[:50], MINUTES[-50:]))
    assert slope_score(both_ends, both_ends).na.reason == "too_short"
    assert slope_of_windows(MINUTES[:199], MINUTES[:199]).na.reason == "too_short"


def test_windows_that_never_ended_weigh_like_any_slow_one_until_they_are_half_of_a_stretch():
    values = 10.0 + MINUTES
    values[100:110] = np.inf
    assert slope_of_windows(MINUTES, values).value == pytest.approx(1.0, rel=0.05)
    values[90:120] = np.inf
    assert slope_score(MINUTES, values).na.reason == "censored"


def test_stretches_hold_four_windows_of_their_own_or_there_is_no_slope():
    independent = slope_of_windows(MINUTES, alike(0.0, 600, seed=3))
    assert f"medians of {STRETCHES} stretches" in independent.interval.method
    some = slope_of_windows(MINUTES, alike(0.8, 600, seed=3))
    count = int(some.interval.method.split("medians of ")[1].split()[0])
    assert FEWEST_STRETCHES <= count < STRETCHES
    assert some.n_eff >= 4 * count
    few = slope_of_windows(MINUTES, alike(0.99, 600, seed=3))
    assert few.na.reason == "insufficient_samples"
    assert few.na.needed > 600


def test_a_slope_is_not_taken_for_dependence():
    assert slope_of_windows(MINUTES, alike(0.0, 600, seed=4) + 50.0 * MINUTES).n_eff > 300


@pytest.mark.parametrize("rho", [0.0, 0.8])
def test_its_interval_holds_the_truth_as_often_as_it_says(rho):
    minutes, times = np.arange(1_000) / 200.0, 200
    scores = [slope_of_windows(minutes, alike(rho, 1_000, seed) + 0.3 * minutes) for seed in range(times)]
    held = sum(score.interval.low <= 0.3 <= score.interval.high for score in scores)
    assert held >= 0.91 * times
