"""Medians and ratios over rounds: by hand, by enumeration and by simulation."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from josie_bench.statistics.paired_ratio import median_over_rounds, ratio_over_rounds, ratio_verdict
from josie_bench.terms.score import Interval, Score


def test_six_rounds_are_bounded_by_their_extremes():
    """A median lies outside of six independent rounds only if all fall on one side: 2 / 2^6 = 3.1 %, below 5 %."""
    score = median_over_rounds(np.array([4.0, 1.0, 6.0, 3.0, 2.0, 5.0]))
    assert (score.value, score.n) == (3.0, 6)
    assert (score.interval.low, score.interval.high) == (1.0, 6.0)
    assert score.interval.method == "order statistic over rounds, taken as independent"


def test_nine_rounds_give_up_one_at_each_end():
    """P(at most 1 of 9 below) = (1 + 9) / 512 = 1.95 %, within 2.5 %; at most 2 would be 46 / 512 = 9 %."""
    at_most_one = sum(len(list(combinations(range(9), k))) for k in (0, 1)) / 2**9
    assert at_most_one < 0.025
    score = median_over_rounds(np.arange(1.0, 10.0))
    assert (score.value, score.interval.low, score.interval.high) == (5.0, 2.0, 8.0)


@pytest.mark.parametrize("n", [0, 1, 5])
def test_fewer_than_six_rounds_give_no_number_and_say_how_many_it_takes(n):
    score = median_over_rounds(np.ones(n))
    assert (score.value, score.interval, score.n) == (None, None, n)
    assert (score.na.reason, score.na.needed) == ("insufficient_samples", 6)
    assert score.na.detail == f"{n} rounds cannot bound a median at 95% confidence: 6 can"


def test_a_ratio_is_of_the_same_round_and_drift_of_a_round_leaves_it():
    drift = np.array([1.0, 3.0, 0.5, 2.0, 1.5, 10.0])
    score = ratio_over_rounds(60.0 * drift, 20.0 * drift)
    assert score.value == pytest.approx(3.0)
    assert score.interval.low == pytest.approx(3.0)
    assert score.interval.high == pytest.approx(3.0)
    # The ratio of the two medians would have been 3.0 too, but no interval of separate medians could tell it from 1.
    assert median_over_rounds(60.0 * drift).interval.low < median_over_rounds(20.0 * drift).interval.high


def test_equal_systems_are_called_apart_no_more_often_than_promised():
    """Both of one distribution, six rounds: the verdict is wrong in 2 / 2^6 of the runs, 3.1 %."""
    draw = np.random.default_rng(7)
    runs = 4000
    told = [
        ratio_verdict(ratio_over_rounds(np.exp(draw.normal(0, 0.1, 6)), np.exp(draw.normal(0, 0.1, 6))))
        for _ in range(runs)
    ]
    wrong = sum(verdict != "undecided" for verdict in told) / runs
    assert wrong == pytest.approx(2 / 2**6, abs=0.009)  # three standard errors


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (1.01, 2.0, "quicker"),
        (0.5, 0.99, "slower"),
        (0.9, 1.1, "undecided"),
        (1.0, 1.2, "undecided"),
        (0.8, 1.0, "undecided"),
        (None, 0.9, "undecided"),
        (1.1, None, "undecided"),
    ],
)
def test_only_a_whole_interval_on_one_side_of_one_is_a_verdict(low, high, verdict):
    interval = Interval(level=0.95, low=low, high=high, method="")
    assert ratio_verdict(Score(value=1.0, n=6, interval=interval)) == verdict


def test_without_an_interval_there_is_no_verdict():
    assert ratio_verdict(median_over_rounds(np.full(5, 9.0))) == "undecided"
