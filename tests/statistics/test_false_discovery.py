"""Benjamini and Hochberg: by hand, against SciPy, and what rate they keep."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from josie_bench.statistics.false_discovery import adjusted, most_tests


def test_three_tests_worked_by_hand():
    # Ranked 0.01, 0.02, 0.5: ·3/1 = 0.03, ·3/2 = 0.03, ·3/3 = 0.5.
    assert adjusted([0.5, 0.01, 0.02]) == pytest.approx([0.5, 0.03, 0.03])


def test_a_higher_rank_never_gets_a_lower_value_and_none_passes_one():
    assert adjusted([0.04, 0.041]) == pytest.approx([0.041, 0.041])  # 0.04·2 = 0.08 gives way to 0.041·2/2
    assert adjusted([0.9, 1.0]) == [1.0, 1.0]


def test_no_tests_are_no_discoveries():
    assert adjusted([]) == []


@given(st.lists(st.floats(0.0, 1.0), min_size=1, max_size=30))
def test_it_is_what_scipy_gives(p_values):
    assert adjusted(p_values) == pytest.approx(stats.false_discovery_control(p_values).tolist(), abs=1e-12)


def test_of_true_nulls_five_percent_of_the_families_make_a_discovery():
    draw = np.random.default_rng(3)
    families = draw.uniform(size=(2000, 6))
    wrong = np.mean([min(adjusted(row)) <= 0.05 for row in families.tolist()])
    assert wrong == pytest.approx(0.05, abs=0.015)  # three standard errors


@pytest.mark.parametrize(("blocks", "tests"), [(5, 0), (6, 1), (8, 6), (9, 12)])
def test_a_lone_regression_is_seen_among_so_many(blocks, tests):
    smallest = 2 / 2**blocks
    assert most_tests(smallest) == tests
    for m in (tests, tests + 1):
        assert (min(adjusted([smallest] + [1.0] * (m - 1))) <= 0.05) is (0 < m <= tests)
