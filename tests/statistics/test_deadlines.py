"""Deadlines missed, worked by hand and against plain loops."""

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from josie_bench.conformance.recordings import recording
from josie_bench.statistics.deadlines import burst_rows, excess_ns, frame_excess, recovery_ns

MS = 1_000_000
FLAGS = st.lists(st.booleans(), max_size=60)


def in_rounds(trial, numbers):
    return replace(trial, round=np.array(numbers, dtype=np.int64))


def test_excess_is_past_the_budget_and_past_the_own_hop_of_measured_windows():
    trial = recording([900.0, 160.0, None, 100.0], hops_ms=[100.0, 200.0, 100.0, 100.0], deadline_ms=150.0, warm_up=1)
    found = excess_ns(trial)
    assert found["budget"].tolist() == [10.0 * MS, np.inf, -50.0 * MS]
    assert found["hop"].tolist() == [-40.0 * MS, np.inf, 0.0]


def test_bursts_are_late_windows_in_a_row_of_one_run():
    late = np.array([True, False, True, True, True, False, True, True])
    assert [part.tolist() for part in burst_rows(late)] == [[0, 2, 6], [1, 3, 2]]
    begins, lengths = burst_rows(late, np.array([0, 0, 0, 1, 1, 1, 2, 2]))
    assert (begins.tolist(), lengths.tolist()) == ([0, 2, 3, 6], [1, 1, 2, 2])
    assert [part.tolist() for part in burst_rows(np.zeros(0, dtype=np.bool_))] == [[], []]


@given(late=FLAGS, data=st.data())
def test_bursts_hold_every_late_window_once(late, data):
    runs = sorted(data.draw(st.lists(st.integers(0, 2), min_size=len(late), max_size=len(late))))
    begins, lengths = burst_rows(np.array(late, dtype=np.bool_), np.array(runs, dtype=np.int64))
    held = [row for begin, length in zip(begins, lengths, strict=True) for row in range(begin, begin + length)]
    assert held == [row for row, is_late in enumerate(late) if is_late]
    assert all(len(set(runs[b : b + n])) == 1 for b, n in zip(begins, lengths, strict=True))


@given(late=FLAGS, data=st.data())
def test_a_frame_breaks_where_it_holds_too_many_late_windows(late, data):
    runs = sorted(data.draw(st.lists(st.integers(0, 2), min_size=len(late), max_size=len(late))))
    excess = np.where(late, 5.0, -3.0)
    values, own = frame_excess(excess, np.array(runs, dtype=np.int64), misses=1, frame=4)
    frames = [k for k in range(len(late) - 3) if runs[k] == runs[k + 3]]
    assert (values > 0.0).tolist() == [sum(late[k : k + 4]) > 1 for k in frames]
    assert own.tolist() == [runs[k] for k in frames]


def test_a_frame_is_as_late_as_its_second_latest_window():
    values, own = frame_excess(np.array([-3.0, 9.0, 4.0, np.inf]), None, misses=1, frame=3)
    assert (values.tolist(), own.tolist()) == ([4.0, 9.0], [0, 0])
    assert len(frame_excess(np.array([1.0, 2.0]), None, misses=1, frame=3)[0]) == 0


def test_recovery_ends_with_an_answer_in_time_that_leaves_nothing_waiting():
    # Closes 0 … 300, answers 260, 270, 340, 360. Windows 0 and 1 are late; 2 is in time, but 3 had closed before that.
    took, rows = recovery_ns(recording([260.0, 170.0, 140.0, 60.0], deadline_ms=150.0))
    assert (took.tolist(), rows.tolist()) == ([300.0 * MS, 200.0 * MS], [0, 1])


def test_a_window_that_was_dropped_holds_up_no_recovery():
    took, rows = recovery_ns(recording([20.0, None, 170.0, 20.0], deadline_ms=150.0))
    assert (took.tolist(), rows.tolist()) == ([200.0 * MS, 100.0 * MS], [1, 2])


def test_an_answer_behind_which_one_waits_for_ever_is_no_recovery():
    took, _ = recovery_ns(recording([170.0, 140.0, None], deadline_ms=150.0))
    assert took.tolist() == [np.inf, np.inf]


def test_recovery_that_the_trial_does_not_see_is_endless():
    took, rows = recovery_ns(recording([20.0, None, None], deadline_ms=150.0))
    assert (took.tolist(), rows.tolist()) == ([np.inf, np.inf], [1, 2])


def test_one_round_does_not_recover_another():
    trial = in_rounds(recording([20.0, 160.0, 20.0, 160.0, 70.0], deadline_ms=150.0), [0, 0, 1, 1, 1])
    took, rows = recovery_ns(trial)
    assert (took.tolist(), rows.tolist()) == ([np.inf, 100.0 * MS], [1, 3])


def test_the_warm_up_recovers_from_nothing():
    took, _ = recovery_ns(recording([900.0, 20.0], warm_up=1))
    assert len(took) == len(recovery_ns(recording([]))[0]) == 0
