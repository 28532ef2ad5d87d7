"""Skew of two modalities, and what steps alone make of it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from josie_bench.statistics.alignment import quantisation_floor_ms, skew_scores


@pytest.mark.parametrize(
    ("step_ms", "floor_ms"), [(50, 12.5), (100, 25.0), (150, 37.5), (168, 42.0), (300, 75.0), (0, 0.0)]
)
def test_the_floor_of_one_modality_is_a_quarter_of_its_step(step_ms: float, floor_ms: float) -> None:
    assert quantisation_floor_ms(step_ms) == floor_ms


def test_the_floor_of_equal_steps_is_a_third() -> None:
    # |U − V| of two uniform within the same interval of length T is T/3 on average: T/4 + T/12.
    assert quantisation_floor_ms(60.0, 60.0) == pytest.approx(20.0)


@given(step=st.floats(20, 400), other=st.floats(0, 400))
def test_the_floor_is_what_simulation_finds(step: float, other: float) -> None:
    # On a grid of the quantiles of both, which is a plainer computation of the same mean.
    places = (np.arange(400) + 0.5) / 400 - 0.5
    apart = np.abs(places[:, None] * step - places[None, :] * other).mean()
    assert quantisation_floor_ms(step, other) == pytest.approx(apart, rel=1e-2)
    assert quantisation_floor_ms(other, step) == quantisation_floor_ms(step, other)


def test_a_constant_skew_is_its_own_bias() -> None:
    found = skew_scores(np.full(80, -40.0), tuple(str(index // 2) for index in range(80)))
    assert {name: score.value for name, score in found.items()} == {
        "mean_abs": 40.0,
        "bias": -40.0,
        "median_abs": 40.0,
        "p95_abs": 40.0,
    }
    assert found["bias"].interval is None  # words that are all alike say nothing of others


def test_skews_to_both_sides_have_no_bias_and_are_apart_all_the_same() -> None:
    skews = np.tile([-30.0, 10.0, 30.0, -10.0], 25)
    found = skew_scores(skews, tuple(str(index) for index in range(100)))
    assert found["bias"].value == 0.0
    assert found["mean_abs"].value == 20.0
    assert found["p95_abs"].value == 30.0
    assert found["mean_abs"].n == 100
    assert found["mean_abs"].interval is not None and found["mean_abs"].interval.method == "bootstrap over 100 clusters"


def test_no_event_has_no_skew() -> None:
    assert {score.na.reason for score in skew_scores(np.zeros(0), ()).values() if score.na} <= {
        "no_samples",
        "insufficient_samples",
    }
