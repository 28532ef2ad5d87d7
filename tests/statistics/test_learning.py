"""Steps to one loss, worked by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from josie_bench.statistics.learning import steps_to, steps_to_common

STEPS = [20, 40, 60, 80]


def test_between_two_points_a_curve_is_a_straight_line():
    assert steps_to(STEPS, [4.0, 2.0, 1.0, 0.5], 1.5) == 50.0  # half way from 2 at 40 to 1 at 60
    assert steps_to(STEPS, [4.0, 2.0, 1.0, 0.5], 2.0) == 40.0


def test_a_curve_that_begins_below_is_there_at_its_first_point_and_one_that_never_is_says_so():
    assert steps_to(STEPS, [1.0, 2.0, 3.0, 4.0], 1.0) == 20.0
    assert steps_to(STEPS, [4.0, 3.0, 2.0, 1.0], 0.9) is None


def test_the_first_time_counts_though_it_rises_again():
    assert steps_to(STEPS, [4.0, 1.0, 3.0, 0.5], 1.0) == 40.0


def test_both_are_held_to_where_the_slower_ended():
    """The second ends at 1, which the first has at step 60; so it takes a third longer."""
    assert steps_to_common(STEPS, [4.0, 2.0, 1.0, 0.5], [4.0, 3.0, 2.0, 1.0]) == (60.0, 80.0)
    assert steps_to_common(STEPS, [4.0, 3.0, 2.0, 1.0], [4.0, 2.0, 1.0, 0.5]) == (80.0, 60.0)


@given(
    st.lists(st.floats(0.01, 100.0), min_size=4, max_size=4), st.lists(st.floats(0.01, 100.0), min_size=4, max_size=4)
)
def test_both_come_there_within_their_steps_and_like_curves_at_once(first, second):
    found = steps_to_common(STEPS, first, second)
    assert all(20.0 <= step <= 80.0 for step in found)
    same = steps_to_common(STEPS, first, first)
    assert same[0] == pytest.approx(same[1])
