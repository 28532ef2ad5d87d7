"""Metrics of several sessions, worked by hand: hop 100 ms, deadline 150 ms."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from josie_bench.metrics import (
    batch_size,
    deadline_miss_ratio,
    eviction_ratio,
    jitter,
    miss_bursts,
    recovery,
    refusal_ratio,
    session_minutes,
    session_miss_ratio,
    shed_ratio,
    utilisation,
)


@pytest.fixture
def shared(recording):
    """Return what builds a recording whose windows are of the sessions named, in order of arrival."""

    def build(response_ms, session, *, shed=(), **more):
        trial = recording(response_ms, **more)
        is_shed = np.isin(np.arange(len(response_ms)), shed)
        return replace(trial, session=np.array(session), is_shed=is_shed, is_answered=trial.is_answered & ~is_shed)

    return build


def test_misses_are_counted_session_by_session(shared):
    """Session 0 misses 1 of 2, session 1 none of 3, session 2 its only one: ratios 0.5, 0 and 1."""
    found = session_miss_ratio.METRIC.compute(shared([170.0, 20.0, 20.0, 20.0, 20.0, 160.0], [0, 1, 0, 1, 1, 2]))
    assert (found["worst"].value, found["p50"].value) == (1.0, 0.5)
    assert (found["any"].value, found["any"].count, found["any"].n) == (pytest.approx(2 / 3), 2, 3)


def test_a_window_that_was_shed_is_a_miss_and_is_told_apart(shared):
    trial = shared([20.0] * 8, [0, 1] * 4, shed=[2, 4])
    assert deadline_miss_ratio.METRIC.compute(trial)["budget"].count == 2
    assert shed_ratio.METRIC.compute(trial)["of_windows"].value == 0.25
    assert session_miss_ratio.METRIC.compute(trial)["worst"].value == 0.5


def test_a_burst_is_what_one_listener_hears_in_a_row(shared):
    """In order of arrival three in a row are late; session 0 has a burst of two, session 1 one of one."""
    trial = shared([170.0, 170.0, 170.0, 20.0], [0, 1, 0, 1])
    assert miss_bursts.METRIC.compute(trial)["budget.longest"].value == 2.0


def test_a_session_recovers_by_its_own_windows(shared):
    """Session 0 misses at 0 and is well at 2: one hop of its own later, though session 1 was well before."""
    found = recovery.METRIC.compute(shared([170.0, 20.0, 20.0, 20.0], [0, 1, 0, 1]))
    assert found["max"].value == 100.0


def test_period_jitter_is_between_answers_of_one_session(shared):
    """Session 0 always takes 20 ms and session 1 always 60: neither jitters, though answers in turn do."""
    found = jitter.METRIC.compute(shared([20.0, 60.0] * 10, [0, 1] * 10))
    assert found["period.peak_to_peak"].value == pytest.approx(0.0)
    assert found["rfc3550"].value == pytest.approx(0.0)


def test_one_session_that_always_misses_makes_the_ratio_less_sure(shared):
    """Of ten sessions one always misses: 200 windows say little more than ten sessions do."""
    persistent = [170.0 if k % 10 == 0 else 20.0 for k in range(200)]
    by_session = deadline_miss_ratio.METRIC.compute(shared(persistent, [k % 10 for k in range(200)]))["budget"]
    assert by_session.value == 0.1
    assert by_session.n_eff < 40.0
    draw = np.random.default_rng(3).permutation(persistent).tolist()
    scattered = deadline_miss_ratio.METRIC.compute(shared(draw, [k % 10 for k in range(200)]))["budget"]
    assert scattered.n_eff > 100.0


def test_what_hits_all_sessions_at_once_makes_the_ratio_less_sure(shared):
    """Every tenth hop all ten sessions miss: 200 windows are worth some twenty hops."""
    together = [170.0 if k // 10 % 10 == 0 else 20.0 for k in range(400)]
    found = deadline_miss_ratio.METRIC.compute(shared(together, [k % 10 for k in range(400)]))["budget"]
    assert found.n_eff < 80.0


def test_utilisation_is_of_all_sessions_together(shared):
    """Windows come every 100 ms and take 50: half of the time, however many sessions they are of."""
    trial = shared([60.0] * 8, [0, 1, 2, 3] * 2, compute_ms=[50.0] * 8)
    assert utilisation.METRIC.compute(trial)["mean"].value == pytest.approx(0.5)


def test_windows_stepped_together_share_their_step_and_are_counted(shared):
    """Windows close every 100 ms. Work on three of four begins when the third closes and ends 80 ms later; the fourth
    takes 40 ms alone: two steps of 120 ms in 400 ms, of two windows each on average.
    """
    trial = shared([280.0, 180.0, 80.0, 60.0], [0, 1, 2, 0])
    start = trial.scheduled_ns[[2, 2, 2, 3]] + np.array([0, 0, 0, 20_000_000])
    trial = replace(trial, started_ns=start)
    assert batch_size.METRIC.compute(trial)["mean"].value == 2.0
    assert utilisation.METRIC.compute(trial)["mean"].value == pytest.approx(120 / 400)


def test_a_number_that_no_window_bears_is_of_a_session_that_was_refused(shared):
    """Numbers 1 and 4 of 0 to 5 are missing."""
    trial = shared([60.0] * 8, [0, 2, 0, 2, 3, 3, 5, 5])
    found = refusal_ratio.METRIC.compute(trial)["of_sessions"]
    assert (found.count, found.n) == (2, 6)
    assert refusal_ratio.METRIC.compute(shared([60.0] * 4, [0, 1, 2, 1]))["of_sessions"].value == 0.0


def test_one_window_after_the_other_is_a_batch_of_one(shared):
    assert batch_size.METRIC.compute(shared([60.0] * 8, [0, 1, 2, 3] * 2))["mean"].value == 1.0


def test_what_a_session_lost_that_was_sent_away_is_told_and_counts_as_missed(shared):
    """Of 8 hops of 100 ms session 1 has four and goes after one; of session 0 one is late."""
    trial = shared([20.0, 20.0, 170.0] + [20.0] * 5, [0, 1] * 4)
    gone = np.isin(np.arange(8), [3, 5, 7])
    trial = replace(trial, is_evicted=gone, is_answered=~gone)
    found = session_minutes.METRIC.compute(trial)
    assert [found[name].value for name in ("held", "missed", "lost")] == [0.4 / 60, 0.1 / 60, 0.3 / 60]
    ratio = eviction_ratio.METRIC.compute(trial)["of_sessions"]
    assert (ratio.count, ratio.n) == (1, 2)
    assert deadline_miss_ratio.METRIC.compute(trial)["budget"].count == 4
    assert session_miss_ratio.METRIC.compute(trial)["worst"].value == 0.75


def test_nobody_is_sent_away_of_whom_it_is_not_told(shared):
    trial = shared([20.0, 170.0], [0, 1])
    assert eviction_ratio.METRIC.compute(trial)["of_sessions"].value == 0.0
    found = session_minutes.METRIC.compute(trial)
    assert [found[name].value for name in ("held", "missed", "lost")] == [0.1 / 60, 0.1 / 60, 0.0]
