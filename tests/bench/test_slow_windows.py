"""Slow windows are counted and explained, never dropped."""

from __future__ import annotations

import dataclasses

import numpy as np

from josie_bench.bench.slow_windows import slow_notes, slow_windows
from josie_bench.terms.validity import SlowWindows


def found(recording):
    return {slow.kind: slow for slow in slow_windows(recording)}


def test_late_windows_come_with_what_went_on(make_recording):
    recording = dataclasses.replace(
        make_recording([50.0, 310.0, 50.0, 400.0], unanswered=1), major_faults=np.array([0, 4, 0, 0, 0])
    )
    slow = found(recording)["late"]
    assert slow.count == 3
    assert slow.causes["major page faults"] == 1
    assert slow.unexplained == 2


def test_tukeys_fences_by_hand(make_recording):
    # Compute times (a millisecond less, for work begins after the close): 50 of 49 … 53 ms, ten of each, and two that
    # stand out. Their quartiles are 50 and 52 ms: mild is above 55, severe above 58.
    usual = [50.0, 51.0, 52.0, 53.0, 54.0] * 10
    slow = found(make_recording([*usual, 56.5, 80.0]))
    assert (slow["mild outlier"].count, slow["severe outlier"].count) == (1, 1)
    assert set(found(make_recording([*usual, 56.0, 59.5]))) == {"severe outlier"}


def test_few_windows_have_no_outliers_and_a_quick_case_has_no_slow_windows(make_recording):
    assert found(make_recording([50.0] * 10 + [200.0])) == {}
    assert slow_notes([], make_recording([50.0] * 4)) == []


def test_a_closed_loop_has_outliers_but_no_late_windows(make_recording):
    assert set(found(make_recording([50.0] * 30 + [900.0], is_open_loop=False))) == {"severe outlier"}


def test_notes_say_it_in_words(make_recording):
    recording = dataclasses.replace(make_recording([50.0, 310.0, 320.0, 50.0]), major_faults=np.array([0, 1, 0, 2]))
    assert slow_notes(slow_windows(recording), recording) == [
        "2 windows late, and what went on meanwhile: major page faults 1; nothing is known of 1",
        "of 4 measured windows: major page faults in 2",
    ]


def test_one_window_is_told_as_one(make_recording):
    slow = [SlowWindows(kind=kind, count=1, causes={}, unexplained=1) for kind in ("late", "severe outlier")]
    assert slow_notes(slow, make_recording([50.0] * 4)) == [
        "1 window late, and what went on meanwhile: nothing that is watched",
        "1 window that is a severe outlier of compute time, and what went on meanwhile: nothing that is watched",
    ]
