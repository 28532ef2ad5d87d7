"""Two levels, ramps and combs are found where they are, and stationary series have none."""

from __future__ import annotations

import numpy as np
import pytest

from josie_bench.statistics.shape import comb, ramp, two_levels
from tests.statistics.orders import remembering


@pytest.fixture
def series():
    """Return 300 lognormal times around 180."""
    return 180.0 * np.exp(0.08 * np.random.default_rng(1).standard_normal(300))


def test_two_levels_are_found_with_their_share(series):
    is_high = np.random.default_rng(2).random(300) < 0.3
    found = two_levels(np.where(is_high, 1.8 * series, series))
    assert found is not None
    assert found.low == pytest.approx(180.0, rel=0.03)
    assert found.high == pytest.approx(324.0, rel=0.03)
    assert found.high_share == pytest.approx(is_high.mean(), abs=0.02)
    assert found.low < found.split < found.high


def test_levels_that_nobody_would_notice_are_none(series):
    flat = np.where(np.arange(300) % 3 == 0, 102.0, 100.0)
    assert two_levels(flat) is None
    assert two_levels(np.where(np.arange(300) % 3 == 0, 120.0, 100.0)) is not None


def test_a_few_stalls_are_no_level(series):
    series[[20, 90, 140, 260]] *= 3.0
    assert two_levels(series) is None


@pytest.mark.parametrize("rise", [0.3, -0.3])
def test_a_ramp_is_found_with_its_change(series, rise):
    found = ramp(series * (1.0 + rise * np.arange(300) / 299))
    assert found is not None
    assert found.low < found.change < found.high
    assert found.change == pytest.approx(180.0 * rise, abs=20.0)
    assert two_levels(series * (1.0 + rise * np.arange(300) / 299)) is None


def test_a_ramp_of_a_dependent_series_is_found():
    (noise,) = remembering(0.5, 1, 2000, seed=3)
    assert ramp(180.0 * np.exp(0.05 * noise) * (1.0 + 0.3 * np.arange(2000) / 1999)) is not None


@pytest.mark.parametrize("period", [5, 12, 20])
def test_a_comb_is_found_with_its_period(series, period):
    series[3::period] += 200.0
    found = comb(series)
    assert found is not None
    assert found.period == pytest.approx(period)
    assert found.spikes == len(series[3::period])
    assert found.height == pytest.approx(380 / 180, rel=0.05)


def test_a_comb_with_missing_teeth_keeps_its_period(series):
    teeth = np.arange(3, 300, 10)
    series[np.delete(teeth, [7, 15])] += 200.0
    found = comb(series)
    assert found is not None
    assert found.period == pytest.approx(10.0)


def test_spikes_at_random_are_no_comb():
    draw = np.random.default_rng(4)
    combs = 0
    for _ in range(300):
        values = 180.0 * np.exp(0.08 * draw.standard_normal(400))
        values[draw.random(400) < 0.08] += 200.0
        combs += comb(values) is not None
    assert combs <= 3


@pytest.mark.parametrize("of", [two_levels, ramp, comb])
def test_a_short_or_flat_series_has_no_shape(of):
    assert of(np.linspace(1.0, 9.0, 39)) is None
    assert of(np.full(100, 5.0)) is None


@pytest.mark.slow
@pytest.mark.parametrize("rho", [0.0, 0.5, 0.9])
@pytest.mark.parametrize("count", [60, 300, 1000])
def test_stationary_series_have_a_shape_in_less_than_one_of_a_hundred(rho, count):
    repetitions = 500
    series = 180.0 * np.exp(0.08 * remembering(rho, repetitions, count, seed=count + int(10 * rho)))
    found = sum(any(of(values) is not None for of in (two_levels, ramp, comb)) for values in series)
    assert found <= 0.01 * repetitions
