"""Looks lie where they should, and the numbers of samples are MLPerf's."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from josie_bench.statistics.looks import (
    BROKEN,
    LOOK_LEVEL,
    MET,
    OPEN,
    least_samples,
    look_sizes,
    samples_to_settle,
    settle,
)
from josie_bench.statistics.proportion import clopper_pearson

LATE = (0, 1, 2, 3, 5, 10, 20, 50, 100)
# Computed elsewhere with exact binomial sums; 64 and 662 are also LoadGen's own.
AT_99 = {
    0.90: (44, 64, 81, 97, 127, 197, 325, 681, 1_246),
    0.95: (90, 130, 165, 198, 259, 398, 656, 1_372, 2_504),
    0.99: (459, 662, 838, 1_001, 1_307, 2_010, 3_304, 6_898, 12_571),
    0.999: (4_603, 6_636, 8_403, 10_042, 13_105, 20_140, 33_097, 69_058, 125_826),
}
AT_95 = {0.99: (299, 473, 628), 0.999: (2_995, 4_742, 6_294), 0.9999: (29_956, 47_437, 62_956)}


@pytest.mark.parametrize(("confidence", "table"), [(0.99, AT_99), (0.95, AT_95)])
def test_the_least_samples_are_mlperf_s(confidence, table):
    for p, row in table.items():
        assert tuple(least_samples(p, late, confidence) for late in LATE[: len(row)]) == row


@given(st.sampled_from([0.9, 0.99]), st.integers(0, 30), st.sampled_from([0.9, 0.95, 0.99]))
def test_one_sample_less_would_not_do(p, late, confidence):
    least = least_samples(p, late, confidence)
    assert stats.binom.cdf(late, least, 1 - p) <= 1 - confidence
    assert stats.binom.cdf(late, least - 1, 1 - p) > 1 - confidence


@given(st.integers(1, 10**6))
def test_looks_are_at_most_six_and_each_half_as_late_again(most):
    sizes = look_sizes(most)
    assert 1 <= len(sizes) <= 6
    assert sizes[-1] == most
    assert list(sizes) == sorted(set(sizes))
    assert all(after >= 1 for after in sizes)
    if most > 100:
        assert np.allclose(np.divide(sizes[1:], sizes[:-1]), 1.5, rtol=0.1)


def test_five_looks_and_the_end_pass_what_does_not_hold_in_less_than_5_percent():
    assert pytest.approx(0.0458, abs=1e-4) == 5 * (1 - LOOK_LEVEL) / 2 + 0.025


@pytest.mark.parametrize(
    ("low", "high", "is_upper", "expected"),
    [
        (0.001, 0.009, True, MET),
        (0.011, 0.02, True, BROKEN),
        (0.009, 0.011, True, OPEN),
        (0.001, 0.01, True, OPEN),
        (0.011, 0.02, False, MET),
        (0.001, 0.009, False, BROKEN),
        (0.01, 0.02, False, OPEN),
    ],
)
def test_an_interval_settles_a_limit_of_1_percent_if_it_lies_on_one_side(low, high, is_upper, expected):
    assert settle(low, high, 0.01, is_upper=is_upper) == expected


def test_without_a_miss_a_bound_of_1_percent_takes_368_samples():
    """The upper bound is 1 − 0.025^(1/n): 368 is the least n with 0.025 ≥ 0.99^n."""
    assert samples_to_settle(0.0, 0.01, is_upper=True) == 368
    assert samples_to_settle(1.0, 0.99, is_upper=False) == 368


@given(st.floats(0.0, 0.5), st.floats(0.001, 0.4), st.booleans())
def test_so_many_samples_settle_it_and_one_less_does_not(share, distance, above):
    limit = share + distance
    if above:
        share, limit = limit, share
    n = samples_to_settle(share, limit, is_upper=not above)
    assert settle(*clopper_pearson(share * n, n), limit, is_upper=not above) == MET
    assert n == 1 or settle(*clopper_pearson(share * (n - 1), n - 1), limit, is_upper=not above) != MET


def test_a_share_on_the_wrong_side_is_settled_by_no_number():
    assert samples_to_settle(0.01, 0.01, is_upper=True) is None
    assert samples_to_settle(0.02, 0.01, is_upper=True) is None
    assert samples_to_settle(0.005, 0.01, is_upper=False) is None
