"""Metrics of deadlines missed, worked by hand: hop 100 ms, deadline 150 ms."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from josie_bench.metrics import (
    burst_lengths,
    firm_violation,
    headroom,
    miss_bursts,
    recovery,
    tardiness,
    tardiness_rate,
)
from tests.statistics.orders import scattered

EVERY = (tardiness, tardiness_rate, miss_bursts, burst_lengths, firm_violation, recovery)


def test_tardiness_is_the_mean_over_the_misses_alone(recording):
    found = tardiness.METRIC.compute(recording([20.0, 170.0, 150.0, 210.0]))
    assert (found["budget.mean"].value, found["budget.max"].value, found["budget.mean"].n) == (40.0, 60.0, 2)
    assert found["hop.mean"].value == pytest.approx((70 + 50 + 110) / 3)
    assert found["budget.mean"].interval is None


def test_mean_tardiness_of_several_runs_has_the_interval_of_their_means(recording):
    # Means 20 and 40: s = 14.142, t(1) = 12.706, so 30 ± 12.706 · 14.142/√2 = 30 ± 127.06.
    trial = replace(recording([170.0, 20.0, 180.0, 200.0]), round=np.array([0, 0, 1, 1]))
    found = tardiness.METRIC.compute(trial)["budget.mean"]
    assert found.value == pytest.approx((20 + 30 + 50) / 3)
    assert found.interval.high - found.interval.low == pytest.approx(2 * 127.06, rel=1e-4)
    assert (found.clusters, found.interval.method) == (2, "t over the means of 2 runs")


def test_tardiness_rate_is_lateness_over_the_minutes_of_the_hops(recording):
    # 20 + 60 ms past the deadline in 400 ms of windows: 80 / 400 · 60,000.
    found = tardiness_rate.METRIC.compute(recording([20.0, 170.0, 150.0, 210.0]))
    assert found["budget"].value == pytest.approx(12_000.0)
    assert found["hop"].value == pytest.approx(230 / 400 * 60_000.0)
    assert tardiness_rate.METRIC.compute(recording([100.0] * 3))["hop"].value == 0.0


def test_bursts_are_counted_by_deadline(recording):
    late, fine = [170.0], [20.0]
    found = miss_bursts.METRIC.compute(recording(late * 3 + fine + (late + fine) * 5 + [120.0] * 4))
    assert (found["budget.longest"].value, found["budget.p50"].value) == (3.0, 1.0)
    assert (found["budget.longest"].n, found["budget.p50"].n) == (18, 6)
    assert found["hop.longest"].value == 4.0
    assert found["hop.p50"].n == 7


def test_the_histogram_counts_bursts_of_each_length_and_adds_up_to_one(recording):
    late, fine = [170.0], [20.0]
    bursts = [1, 1, 1, 2, 3, 5, 6, 10, 11, 20]
    found = burst_lengths.METRIC.compute(recording([time for length in bursts for time in late * length + fine]))
    own = {name: score for name, score in found.items() if name.startswith("budget.")}
    assert [score.count for score in own.values()] == [3, 1, 2, 2, 2]
    assert {score.n for score in own.values()} == {10}
    assert sum(score.value for score in own.values()) == pytest.approx(1.0)
    assert own["budget.above_ten"].interval.high == pytest.approx(0.5561, abs=1e-4)  # Clopper-Pearson of 2 of 10
    assert burst_lengths.METRIC.compute(recording([20.0] * 9))["hop.one"].na.reason == "no_miss"


def test_no_burst_goes_on_into_another_round(recording):
    trial = replace(recording([170.0] * 4), round=np.array([0, 0, 0, 1]))
    found = burst_lengths.METRIC.compute(trial)
    assert (found["budget.one"].count, found["budget.three_to_five"].count) == (1, 1)


def test_a_trial_without_a_miss_has_no_burst_and_nothing_to_recover_from(recording):
    trial = recording([20.0] * 30)
    bursts = miss_bursts.METRIC.compute(trial)
    assert bursts["budget.longest"].value == 0.0
    scores = [bursts["budget.p50"], recovery.METRIC.compute(trial)["max"], tardiness.METRIC.compute(trial)["hop.max"]]
    assert {score.na.reason for score in scores} == {"no_miss"}


def test_firmness_allows_the_misses_it_names(recording):
    # 30 windows, late ones at 5 and 9: frames of 20 that hold both begin at 0 … 5; frames of 10 never hold three.
    found = firm_violation.METRIC.compute(recording([170.0 if k in (5, 9) else 20.0 for k in range(30)]))
    assert (found["m1_k20"].count, found["m1_k20"].n) == (6, 11)
    assert (found["m2_k10"].count, found["m2_k10"].n) == (0, 21)
    assert firm_violation.METRIC.compute(recording([20.0] * 12))["m1_k20"].na.needed == 20


def test_overlapping_frames_are_worth_what_lies_apart(recording):
    found = firm_violation.METRIC.compute(recording([170.0 if k % 100 in (0, 3) else 20.0 for k in range(2000)]))
    assert found["m1_k20"].n == 1981
    assert found["m1_k20"].n_eff < 1981 / 8
    assert found["m1_k20"].interval.low < found["m1_k20"].value < found["m1_k20"].interval.high


def test_few_overlapping_frames_are_not_taken_as_independent(recording):
    """A window in ten is late by chance, so that 1 − 0.9^20 − 20 · 0.1 · 0.9^19 = 60.8 % of the frames hold two."""
    draw, truth, held = np.random.default_rng(7), 1.0 - 0.9**20 - 2.0 * 0.9**19, 0
    for _ in range(100):
        trial = recording([170.0 if is_late else 20.0 for is_late in draw.random(40) < 0.1])
        found = firm_violation.METRIC.compute(trial)["m1_k20"]
        held += found.interval.low <= truth <= found.interval.high
    assert (found.n, found.n_eff) == (21, 21 / 20)
    assert found.interval.method == "Clopper-Pearson on n_eff, within one run"
    assert held >= 93


def test_recovery_is_the_time_until_nothing_waits(recording):
    assert recovery.METRIC.compute(recording([260.0, 170.0, 140.0, 60.0]))["max"].value == 300.0
    took = recovery.METRIC.compute(recording([170.0, 80.0] * 8))
    assert (took["p50"].value, took["p50"].n) == (100.0, 8)
    assert recovery.METRIC.compute(recording([20.0, None, 20.0]))["max"].value == 100.0
    never = recovery.METRIC.compute(recording([20.0, None, 400.0]))["max"].na
    # a window that was never answered and one that was, too late, and behind which none came
    assert (never.reason, never.detail) == ("censored", "2 of 2 never ended within the trial")


def test_an_unanswered_window_is_late_without_bound(recording):
    trial = recording([20.0, None])
    assert tardiness.METRIC.compute(trial)["budget.mean"].na.reason == "censored"
    assert tardiness_rate.METRIC.compute(trial)["budget"].na.reason == "censored"
    assert miss_bursts.METRIC.compute(trial)["budget.longest"].value == 1.0


@pytest.mark.parametrize("metric", EVERY)
def test_a_closed_loop_has_no_deadlines(recording, metric):
    found = metric.METRIC.compute(recording([170.0] * 30, is_open_loop=False))
    assert {score.na.reason for score in found.values()} == {"closed_loop"}


def test_headroom_is_what_the_slow_windows_leave_of_the_lesser_of_hop_and_deadline(recording):
    compute = scattered(np.arange(1.0, 101.0))  # p95 is 95 of 100 ms; its ranks are 90 and 99 of 100
    found = headroom.METRIC.compute(recording(compute, hop_ms=100.0, deadline_ms=150.0))["p95"]
    assert found.value == pytest.approx(0.05)
    assert (found.interval.low, found.interval.high) == pytest.approx((0.0, 0.10))
    tight = headroom.METRIC.compute(recording(compute, hop_ms=100.0, deadline_ms=50.0, is_open_loop=False))["p95"]
    assert tight.value == pytest.approx(-0.9)
