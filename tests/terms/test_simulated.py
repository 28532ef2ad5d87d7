"""Laws of service times against their own truths, worked by hand or drawn long."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from josie_bench.terms.simulated import ServiceLaw, autoregressive

LONG = 100_000


def times(count=LONG, trial=0, case_seed=0, **law):
    return ServiceLaw(**law).service_ms(count, case_seed=case_seed, trial=trial)


def lag(series, distance):
    return float(np.corrcoef(series[:-distance], series[distance:])[0, 1])


@pytest.mark.parametrize("rho", [0.0, 0.5, 0.9, -0.5])
def test_the_logarithm_is_normal_with_the_law_s_spread_whatever_its_autocorrelation(rho):
    """The mean of n windows strays by sigma · √((1 + ρ)/(1 − ρ)/n), at ρ = 0.9 by 0.0011."""
    logarithm = np.log(times(median_ms=180.0, sigma=0.08, rho=rho))
    assert logarithm.mean() == pytest.approx(np.log(180.0), abs=0.005)
    assert logarithm.std() == pytest.approx(0.08, rel=0.03)
    assert lag(logarithm, 1) == pytest.approx(rho, abs=0.02)
    assert lag(logarithm, 3) == pytest.approx(rho**3, abs=0.03)


def test_a_series_is_the_recursion_as_one_writes_it_down():
    draws = np.array([[1.0, -2.0, 0.5], [0.0, 1.0, 1.0]])
    series = autoregressive(draws, 0.6)  # √(1 − 0.36) = 0.8
    assert series[0].tolist() == pytest.approx([1.0, 0.6 - 1.6, 0.6 * -1.0 + 0.4])
    assert series[1].tolist() == pytest.approx([0.0, 0.8, 0.48 + 0.8])
    assert draws[0].tolist() == [1.0, -2.0, 0.5]
    assert autoregressive(draws, 0.0).tolist() == draws.tolist()


def test_the_middle_window_of_each_stretch_stalls():
    still = times(10, stall_ms=0.0, stall_every=4)
    assert (times(10, stall_ms=50.0, stall_every=4) - still).tolist() == pytest.approx([0, 0, 50, 0, 0, 0, 50, 0, 0, 0])
    assert (times(3, stall_ms=50.0, stall_every=1) - still[:3]).tolist() == pytest.approx([50, 50, 50])


def test_drift_grows_by_its_share_over_a_thousand_windows():
    grown = times(2001, sigma=0.0, median_ms=100.0, drift=0.05)
    assert grown[[0, 1000, 2000]].tolist() == pytest.approx([100.0, 105.0, 110.0])


def test_each_window_is_in_one_of_two_modes():
    found = times(median_ms=100.0, sigma=0.0, second_median_ms=300.0, second_share=0.25)
    assert np.unique(found).tolist() == [100.0, 300.0]
    assert np.mean(found > 200.0) == pytest.approx(0.25, abs=0.006)  # four standard errors
    assert abs(lag(found, 1)) < 0.02


def test_trials_differ_by_the_run_s_own_draw():
    runs = np.array([np.median(np.log(times(200, trial=trial, sigma=0.0, run_sigma=0.05))) for trial in range(400)])
    assert runs.std() == pytest.approx(0.05, rel=0.15)
    assert len(set(times(50, sigma=0.0, run_sigma=0.05).tolist())) == 1


def test_every_seed_draws_anew_and_the_same_seeds_the_same():
    first = times(20).tolist()
    assert times(20).tolist() == first
    for other in (times(20, trial=1), times(20, case_seed=1), times(20, seed=1)):
        assert not set(other.tolist()) & set(first)


@given(st.integers(1, 60), st.integers(1, 60), st.sampled_from([0.0, 0.7]))
def test_a_longer_trial_begins_with_the_shorter(short, more, rho):
    law = {
        "rho": rho,
        "run_sigma": 0.1,
        "second_share": 0.3,
        "second_median_ms": 9.0,
        "stall_ms": 1.0,
        "stall_every": 7,
    }
    assert times(short + more, **law)[:short].tolist() == times(short, **law).tolist()


def test_nanoseconds_are_whole_and_never_none():
    law = ServiceLaw(median_ms=1e-9, sigma=0.0)
    assert law.service_ns(3, case_seed=0, trial=0).tolist() == [1, 1, 1]
    assert ServiceLaw(median_ms=1.5, sigma=0.0).service_ns(1, case_seed=0, trial=0).tolist() == [1_500_000]
