"""Whether a series holds one level: worked by hand, and how often a steady one is called unsteady."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from josie_bench.statistics.steady import FEWEST_WINDOWS, Regime, mser_cut, steadiness
from tests.statistics.orders import remembering, scattered


def noise(n: int, seed: int = 1, spread: float = 0.03) -> np.ndarray:
    return np.exp(spread * np.random.default_rng(seed).standard_normal(n))


def test_a_level_with_noise_is_one_regime() -> None:
    found = steadiness(200.0 * noise(400))
    assert found is not None
    assert found.is_steady and found.settles
    assert [(regime.first, regime.last) for regime in found.regimes] == [(0, 399)]
    assert found.regimes[0].level == pytest.approx(200.0, rel=0.01)


def test_a_series_that_never_moves_is_steady() -> None:
    found = steadiness(np.full(300, 5.0))
    assert found is not None and found.is_steady
    assert found.regimes == (Regime(first=0, last=299, level=5.0),)


def test_a_change_of_level_is_found_where_it_is() -> None:
    found = steadiness(np.where(np.arange(600) < 240, 200.0, 230.0) * noise(600))
    assert found is not None and not found.is_steady
    before, after = found.regimes
    assert before.last == pytest.approx(239, abs=3) and after.first == before.last + 1
    assert (before.level, after.level) == (pytest.approx(200.0, rel=0.01), pytest.approx(230.0, rel=0.01))


def test_a_level_that_comes_back_makes_three_regimes() -> None:
    found = steadiness(np.where(np.abs(np.arange(900) - 450) < 200, 260.0, 200.0) * noise(900))
    assert found is not None
    assert [regime.first for regime in found.regimes] == [0, pytest.approx(251, abs=4), pytest.approx(650, abs=4)]


@pytest.mark.parametrize("share", [0.02, 0.04])
def test_a_small_change_is_beyond_chance_and_does_not_matter(share: float) -> None:
    step = np.where(np.arange(2000) < 1000, 1.0, 1.0 + share) * noise(2000, spread=0.005)
    ramp = np.linspace(1.0, 1.0 + share, 2000) * noise(2000, spread=0.005)
    assert stats.mannwhitneyu(step[:1000], step[1000:]).pvalue < 1e-9
    for values in (step, ramp):
        found = steadiness(values)
        assert found is not None and found.is_steady


def test_no_change_up_to_the_floor_counts() -> None:
    values = np.where(np.arange(400) < 200, 0.30, 0.36) * noise(400)
    assert not steadiness(values).is_steady
    assert steadiness(values, floor=0.25).is_steady


def test_a_trend_is_told_by_what_it_adds_up_to() -> None:
    found = steadiness(np.linspace(200.0, 300.0, 800) * noise(800))
    assert found is not None and not found.is_steady
    assert found.drift == pytest.approx(75.0, abs=12.0)  # from the middle of the first quarter to that of the last
    down = steadiness(np.linspace(300.0, 200.0, 800) * noise(800))
    assert down is not None and down.drift == pytest.approx(-75.0, abs=12.0)


def test_a_burst_stays_in_the_tail() -> None:
    values = 200.0 * noise(500)
    values[100:120] = 900.0
    found = steadiness(values)
    assert found is not None and found.is_steady


def test_alternating_levels_are_one_regime() -> None:
    found = steadiness(np.where(np.arange(400) % 2, 200.0, 300.0) * noise(400))
    assert found is not None and found.is_steady


def test_windows_without_an_answer_are_a_level_of_their_own() -> None:
    values = 200.0 * noise(400)
    values[200:] = math.inf
    found = steadiness(values)
    assert found is not None
    assert [regime.level for regime in found.regimes] == [pytest.approx(200.0, rel=0.02), math.inf]


def test_a_trial_that_never_settles_is_cut_by_more_than_a_quarter() -> None:
    late = steadiness(np.where(np.arange(600) < 270, 400.0, 200.0) * noise(600))
    assert late is not None and not late.settles and late.cut == 270
    soon = steadiness(np.where(np.arange(600) < 100, 400.0, 200.0) * noise(600))
    assert soon is not None and soon.settles and soon.cut == 100


def test_too_few_windows_cannot_tell() -> None:
    assert steadiness(np.ones(FEWEST_WINDOWS - 1)) is None
    assert steadiness(np.ones(FEWEST_WINDOWS)) is not None


def test_mser_cuts_where_the_mean_of_the_rest_is_surest() -> None:
    # Batches 9, 1, 1, 2: Σ(y−ȳ)²/(m−d)² is 44.75/16 for d = 0, (2/3)/9 for d = 1, 0.5/4 for d = 2.
    assert mser_cut(np.repeat([9.0, 1.0, 1.0, 2.0], 5)) == 5
    assert mser_cut(np.append(np.repeat([9.0, 1.0, 1.0, 2.0], 5), [7.0] * 4)) == 5  # the last batch is not whole
    assert mser_cut(np.ones(9)) == 0


@given(st.lists(st.floats(1.0, 100.0), min_size=10, max_size=100))
def test_mser_is_what_a_plain_search_finds(values: list[float]) -> None:
    means = [float(np.mean(values[k : k + 5])) for k in range(0, len(values) // 5 * 5, 5)]
    errors = [float(np.var(means[d:]) / (len(means) - d)) for d in range(len(means) // 2 + 1)]
    assert errors[mser_cut(np.array(values)) // 5] == pytest.approx(min(errors), abs=1e-9)


def test_mser_alone_would_often_call_steady_series_unsteady() -> None:
    series = 200.0 * np.exp(0.03 * remembering(0.9, 200, 200, seed=1))
    assert sum(mser_cut(values) > 50 for values in series) == 33


def test_order_alone_is_no_change() -> None:
    found = steadiness(200.0 + scattered(np.arange(400.0)))
    assert found is not None and found.is_steady


@pytest.mark.slow
@pytest.mark.parametrize("rho", [0.0, 0.5, 0.9])
@pytest.mark.parametrize("n", [200, 1000])
def test_steady_series_that_remember_are_seldom_called_unsteady(rho: float, n: int) -> None:
    """1,000 series whose logarithm is AR(1) with a spread of 30 %, so that hardly any change is too small to count."""
    found = [steadiness(100.0 * np.exp(0.3 * values)) for values in remembering(rho, 1000, n, seed=int(n + 10 * rho))]
    assert sum(one is not None and not one.is_steady for one in found) / 1000 <= 0.02


@pytest.mark.slow
@pytest.mark.parametrize(("n", "rho", "share"), [(200, 0.5, 0.83), (400, 0.5, 0.99), (1000, 0.9, 0.6)])
def test_a_step_by_a_fifth_is_found_as_often_as_is_said(n: int, rho: float, share: float) -> None:
    step = np.where(np.arange(n) < n // 2, 100.0, 120.0)
    found = [steadiness(step * np.exp(0.1 * values)) for values in remembering(rho, 300, n, seed=9)]
    assert sum(one is not None and not one.is_steady for one in found) / 300 == pytest.approx(share, abs=0.05)


@pytest.mark.slow
def test_a_step_by_a_fifth_is_seldom_missed() -> None:
    step = np.where(np.arange(1000) < 500, 100.0, 120.0)
    for rho in (0.0, 0.5):
        found = [steadiness(step * np.exp(0.1 * values)) for values in remembering(rho, 300, 1000, seed=9)]
        assert sum(one is not None and not one.is_steady for one in found) / 300 >= 0.9
