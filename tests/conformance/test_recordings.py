"""Recordings built by hand: times in milliseconds land where they are said to."""

from __future__ import annotations

import numpy as np

from josie_bench.conformance.recordings import START_NS, recording


def test_windows_close_every_hop_and_are_answered_when_they_are_said_to_be():
    trial = recording([50.0, None, 70.0], compute_ms=[20.0, 20.0, 30.0], lateness_ms=[0.0, 1.0, 0.0], warm_up=1)
    assert ((trial.scheduled_ns - START_NS) / 1e6).tolist() == [0.0, 100.0, 200.0]
    assert ((trial.handed_ns - trial.scheduled_ns) / 1e6).tolist() == [0.0, 1.0, 0.0]
    assert trial.is_answered.tolist() == [True, False, True]
    assert ((trial.finished_ns - trial.scheduled_ns) / 1e6)[[0, 2]].tolist() == [50.0, 70.0]
    assert ((trial.finished_ns - trial.started_ns) / 1e6)[[0, 2]].tolist() == [20.0, 30.0]
    assert trial.measured().tolist() == [False, True, True]


def test_a_trial_ends_with_its_last_answer_or_when_it_is_said_to():
    assert recording([50.0, 350.0]).ended_ns == START_NS + 450_000_000
    assert recording([None, None], ended_ms=900.0).ended_ns == START_NS + 900_000_000
    assert np.array_equal(recording([]).window, [])
