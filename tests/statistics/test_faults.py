"""Courses of faults, from windows whose times are written by hand: hops of 300 ms, deadline 300 ms."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from josie_bench.bench.rounds import Round, joined
from josie_bench.bench.supervise import TrialOutcome
from josie_bench.conformance.recordings import START_NS, recording
from josie_bench.metrics import OF_FAULTS, all_metrics, scores
from josie_bench.statistics.faults import courses
from josie_bench.terms.fault import FaultNote
from josie_bench.terms.timebase import ns_from_ms


def note(number, first, ended_ms):
    ended_ns = None if ended_ms is None else START_NS + ns_from_ms(ended_ms)
    return FaultNote(number=number, first=first, ended_ns=ended_ns)


def faulty(response_ms, *notes, invalid=()):
    """Return a recording whose windows take so many ms each, None for one without an answer, with notes of faults."""
    is_valid = ~np.isin(np.arange(len(response_ms)), invalid)
    return replace(recording(response_ms, hop_ms=300.0, deadline_ms=300.0), is_valid=is_valid, faults=notes)


def test_a_fault_that_disturbs_nobody_is_recovered_from_at_once():
    (course,) = courses(faulty([50.0] * 6, note(0, 2, 900.0)))
    assert (course.recovery_ms, course.lost, course.late, course.invalid) == (0.0, 0, 0, 0)
    assert course.has_survived


def test_recovery_runs_from_the_end_to_the_first_answer_from_which_all_are_on_time():
    # window 2 closes at 600 ms; a hang ends at 1,500 ms; windows 2 and 3 are late, and 4, answered at 1,560 ms, is not
    (course,) = courses(faulty([50.0, 50.0, 920.0, 640.0, 360.0, 60.0, 50.0], note(0, 2, 1500.0)))
    assert (course.late, course.lost) == (3, 0)
    assert course.recovery_ms == 60.0  # window 5 closes at 1,500 ms
    (late_again,) = courses(faulty([50.0, 50.0, 920.0, 60.0, 360.0, 60.0, 50.0], note(0, 2, 900.0)))
    assert late_again.recovery_ms == 660.0  # that window 3 was on time does not count, for the next one was not


def test_lost_windows_are_recovered_from_with_the_next_answer():
    # windows 2 and 3 are lost, the first without the fault closes at 1,200 ms
    (course,) = courses(faulty([50.0, 50.0, None, None, 80.0, 50.0], note(0, 2, 1200.0)))
    assert (course.recovery_ms, course.lost, course.has_survived) == (80.0, 2, True)


def test_what_was_answered_before_the_end_takes_no_negative_time():
    (course,) = courses(faulty([50.0, 400.0, 50.0, 50.0], note(0, 1, 5000.0)))
    assert course.recovery_ms == 0.0


@pytest.mark.parametrize("ended_ms", [1200.0, None])
def test_a_fault_whose_windows_stay_late_to_the_end_or_that_has_none_is_not_survived(ended_ms):
    (course,) = courses(faulty([50.0, 50.0, None, None, None], note(0, 2, ended_ms)))
    assert math.isinf(course.recovery_ms)
    assert not course.has_survived
    (endless,) = courses(faulty([50.0] * 5, note(0, 2, None)))
    assert not endless.has_survived


def test_each_fault_answers_for_the_windows_until_the_next():
    first, second = courses(
        faulty([50.0, None, 50.0, None, None, 50.0, 310.0, 50.0], note(0, 1, 600.0), note(1, 3, 1500.0))
    )
    assert (first.lost, first.recovery_ms) == (1, 50.0)
    assert (second.lost, second.late, second.recovery_ms) == (2, 1, 650.0)  # window 7 is answered at 2,150 ms


def test_an_answer_that_is_none_is_not_survived_however_soon_it_was_over():
    (course,) = courses(faulty([50.0] * 5, note(0, 1, 600.0), invalid=(1,)))
    assert (course.invalid, course.recovery_ms, course.has_survived) == (1, 50.0, False)


def test_a_fault_that_never_came_has_no_course():
    assert courses(faulty([50.0] * 3, note(0, None, None))) == []


def test_metrics_are_of_all_rounds_and_only_where_faults_are():
    good, bad = faulty([50.0, None, 90.0, 50.0], note(0, 1, 600.0)), faulty([50.0, 50.0, None], note(0, 2, 900.0))
    rounds = [
        Round(index=index, started="", outcome=TrialOutcome(status="OK", reason=None, recording=trial))
        for index, trial in enumerate((good, bad))
    ]
    both = joined(rounds, 2, is_stopped=False).recording
    assert [(at.note.round, at.lost, at.recovery_ms) for at in courses(both)] == [(0, 1, 90.0), (1, 1, math.inf)]
    found = scores(both)
    survived = found["faults_survived.of_faults"]
    assert (survived.value, survived.count, survived.n) == (0.5, 1, 2)
    assert found["fault_recovery.max"].na.reason == "censored"
    asked = {name for name, metric in all_metrics().items() if metric.of == OF_FAULTS}
    assert asked == {"fault_recovery", "faults_survived"}
    assert not any(key.partition(".")[0] in asked for key in scores(faulty([50.0] * 4)))
