"""How long sessions stay and places are empty: held against the gamma law as scipy knows it."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest
from scipy import stats

from josie_bench.terms.comings import Recorded, drawn_absences_ns, drawn_begin_ns, drawn_stays, kept_ms

DRAWS = 4000
VARIATIONS = [0.3, 1.0, 2.5]


def law(mean, variation):
    """Return the gamma law whose mean and standard deviation are these."""
    return stats.gamma(a=variation**-2, scale=mean * variation**2)


def absences(variation, seed=0, away_ms=500.0):
    return np.array([*islice(drawn_absences_ns(away_ms, variation, np.random.default_rng(seed)), DRAWS)])


def stays(variation, seed=0, windows=40.0, draws=DRAWS, *, is_under_way=False):
    draw = np.random.default_rng(seed)
    return np.array([*islice(drawn_stays(windows * 50.0, 50.0, variation, draw, is_under_way=is_under_way), draws)])


@pytest.mark.parametrize("variation", VARIATIONS)
@pytest.mark.parametrize("seed", range(3))
def test_absences_have_the_law_s_mean_and_variation_and_are_of_it(variation, seed):
    found, expected = absences(variation, seed) / 1e6, law(500.0, variation)
    assert expected.std() / expected.mean() == pytest.approx(variation)
    assert np.mean(found) == pytest.approx(500.0, abs=4.0 * expected.std() / DRAWS**0.5)
    assert np.std(found) / np.mean(found) == pytest.approx(variation, rel=0.2)
    assert stats.kstest(found, expected.cdf).pvalue > 1e-3


@pytest.mark.parametrize("variation", VARIATIONS)
@pytest.mark.parametrize("seed", range(3))
def test_stays_are_whole_windows_of_the_mean_and_variation_that_are_asked_for(variation, seed):
    """Those beyond the first of 40 follow the law, and rounding adds at most a quarter to their variance."""
    found, spread = stays(variation, seed), 39.0 * variation
    assert found.dtype.kind == "i"
    assert found.min() >= 1
    assert np.mean(found) == pytest.approx(40.0, abs=4.0 * (spread + 1.0) / DRAWS**0.5)
    assert np.std(found) == pytest.approx(spread, rel=0.2)


def test_the_exponential_draws_what_it_always_has():
    """So that a seed gives the sessions it gave before there were other laws."""
    draw = np.random.default_rng(7)
    assert absences(1.0, 7).tolist() == [round(draw.exponential(500.0) * 1e6) for _ in range(DRAWS)]
    draw = np.random.default_rng(7)
    assert stays(1.0, 7, is_under_way=True).tolist() == [int(draw.geometric(1.0 / 40.0)) for _ in range(DRAWS)]


def test_what_does_not_vary_is_regular():
    assert set(absences(0.0)) == set(absences(1e-300)) == {500_000_000}
    assert set(stays(0.0)) == {40}
    assert set(stays(0.0, windows=0.5)) == {1}  # a window at least
    between = stays(0.0, windows=40.25)
    assert set(between) == {40, 41}
    assert np.mean(between) == pytest.approx(40.25, abs=0.03)


@pytest.mark.parametrize("variation", [0.0, 0.3, 2.5])
def test_of_a_session_that_was_under_way_a_part_is_left(variation):
    """Who looks at an instant finds, of lengths with mean m, one that lasts m (1 + v²) / 2 longer on average."""
    left = np.array([stays(variation, seed, draws=1, is_under_way=True)[0] for seed in range(DRAWS)]) - 1
    mean = 39.0 * (1.0 + variation**2) / 2.0
    assert np.mean(left) == pytest.approx(mean, abs=5.0 * np.std(left) / DRAWS**0.5)
    assert set(stays(0.0, is_under_way=True)[1:]) == {40}
    if variation == 0.0:
        assert stats.kstest(left + np.random.default_rng(1).random(DRAWS), stats.uniform(0, 39.5).cdf).statistic < 0.04


@pytest.mark.parametrize("variation", [0.0, 0.3, 2.5])
def test_a_place_begins_in_the_midst_of_an_absence_as_often_as_it_is_empty(variation):
    """500 of 2000 ms are a quarter; of absences with mean m, m (1 + v²) / 2 is left on average."""
    draw = np.random.default_rng(0)
    begins = np.array([drawn_begin_ns(1500.0, 500.0, variation, draw) for _ in range(4 * DRAWS)]) / 1e6
    left = begins[begins > 0.0]
    assert len(left) / len(begins) == pytest.approx(0.25, abs=4.0 * (3 / 16 / len(begins)) ** 0.5)
    assert np.mean(left) == pytest.approx(250.0 * (1.0 + variation**2), abs=5.0 * np.std(left) / len(left) ** 0.5)


def test_a_place_begins_with_somebody_where_nobody_is_ever_away_or_the_law_is_exponential():
    """Whose draws are what they have always been."""
    draw = np.random.default_rng(0)
    assert {drawn_begin_ns(stay_ms, away_ms, 2.0, draw) for stay_ms, away_ms in ((None, 0.0), (50.0, 0.0))} == {0}
    before = draw.bit_generator.state
    assert {drawn_begin_ns(1.0, 500.0, 1.0, draw) for _ in range(50)} == {0}
    assert draw.bit_generator.state == before


@pytest.mark.parametrize("variation", VARIATIONS)
@pytest.mark.parametrize("grace_ms", [50.0, 500.0, 3000.0])
def test_a_seat_is_kept_until_who_left_is_back_or_the_grace_is_over(variation, grace_ms):
    """The mean of the smaller of both: the integral of the chance to be away for longer, up to the grace."""
    edges = np.linspace(0.0, grace_ms**0.25, 20_001) ** 4  # dense at 0, where bursts have their mass
    expected = np.trapezoid(law(500.0, variation).sf(edges), edges)
    assert kept_ms(500.0, grace_ms, variation) == pytest.approx(expected, rel=1e-6)


def test_a_seat_is_kept_for_regular_absences_or_the_grace_and_without_one_not_at_all():
    assert [kept_ms(500.0, grace, 0.0) for grace in (499.0, 500.0, 900.0)] == [499.0, 500.0, 500.0]
    assert kept_ms(500.0, 0.0, 3.0) == 0.0


def test_nobody_is_away_where_no_absence_is_asked_for_and_nobody_leaves_without_a_stay():
    assert set(absences(2.0, away_ms=0.0)) == {0}
    endless = drawn_stays(None, 50.0, 2.0, np.random.default_rng(0), is_under_way=True)
    assert [*islice(endless, 3)] == [None, None, None]


def test_recorded_sessions_come_as_they_did_and_then_from_the_first_again():
    """The recording ends at 100, 20 after the last session here, and the first came at 5."""
    comings = Recorded(visits_ns=((5, 36), (50, 80)), length_ns=100, hop_ns=10)
    assert comings.begin_ns == 5
    assert (comings.stay(), comings.away_ns()) == ((3, 1), 14)
    assert (comings.stay(), comings.away_ns()) == ((3, 0), 25)
    assert comings.stay() == (3, 1)


def test_who_is_refused_of_those_recorded_goes_by_with_its_stay():
    comings = Recorded(visits_ns=((5, 36), (50, 80)), length_ns=100, hop_ns=10)
    assert comings.refused_ns() == 45
    assert comings.stay() == (3, 0)
    assert comings.refused_ns() == 55  # from 50 to 105
