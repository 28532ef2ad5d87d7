"""Shares of equal codes and means over frames as scores."""

from __future__ import annotations

import math

import numpy as np
import pytest

from josie_bench.statistics.agreement import mean_over_frames, share_equal
from josie_bench.terms.parity import Parity


def rows(*values):
    return Parity(
        window=np.arange(len(values)),
        component=np.array(["c"] * len(values)),
        measure=np.array([measure for measure, _ in values]),
        value=np.array([float(value) for _, value in values]),
    )


def test_counts_of_all_calls_are_one_ratio_with_its_interval():
    score = share_equal(rows(("all_equal", 5), ("all_total", 6), ("all_equal", 4), ("all_total", 4)), "c", "all")
    assert (score.value, score.count, score.n) == (pytest.approx(0.9), 9, 10)
    assert score.interval is not None
    assert "codes taken as independent" in score.interval.method


def test_nothing_to_compare_is_a_reason():
    score = share_equal(rows(("all_equal", 0), ("all_total", 0)), "c", "all")
    assert score.na is not None
    assert score.na.reason == "not_compared"


def test_a_mean_over_frames_has_a_t_interval():
    """Deviations of ±1 in turn never follow themselves: n_eff = n = 40, s = √(40/39), and t of 39 is 2.0227."""
    score = mean_over_frames(np.array([1.0, 3.0] * 20))
    assert (score.value, score.n, score.n_eff) == (2.0, 40, 40.0)
    assert score.interval.low == pytest.approx(2.0 - 2.0227 / math.sqrt(39), abs=1e-4)
    assert score.interval.high == pytest.approx(2.0 + 2.0227 / math.sqrt(39), abs=1e-4)


def test_frames_that_are_like_those_before_them_make_a_mean_less_sure():
    alike, apart = mean_over_frames(np.repeat([1.0, 3.0] * 20, 5)), mean_over_frames(np.array([1.0, 3.0] * 100))
    assert alike.n == apart.n
    assert alike.n_eff < 0.5 * apart.n_eff
    assert alike.interval.high - alike.interval.low > 1.4 * (apart.interval.high - apart.interval.low)


def test_frames_without_any_difference_leave_nothing_open():
    score = mean_over_frames(np.zeros(50))
    assert (score.value, score.interval.low, score.interval.high) == (0.0, 0.0, 0.0)


def test_few_frames_are_taken_as_independent_and_one_has_no_interval():
    assert mean_over_frames(np.arange(4.0)).interval.method == "t, frames taken as independent"
    assert mean_over_frames(np.ones(1)).interval is None


@pytest.mark.parametrize(("values", "reason"), [([], "not_compared"), ([0.5, np.nan], "not_finite")])
def test_a_mean_that_is_none_has_a_reason(values, reason):
    assert mean_over_frames(np.array(values)).na.reason == reason
