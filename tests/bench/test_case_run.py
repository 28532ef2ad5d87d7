"""A case under way: when it is over, and how it ended; whole runs of cases are in test_run."""

from __future__ import annotations

import pytest

from josie_bench.bench.case_run import CaseRun, begin_case
from josie_bench.bench.plan import Plan
from josie_bench.bench.rounds import Round
from josie_bench.bench.supervise import TrialOutcome


@pytest.fixture
def under_way(make_case):
    """Return the maker of a case under way."""
    return lambda **changes: CaseRun(index=0, count=1, case=make_case(**changes), tell=lambda *_, **__: None)


def trial(index, status="OK"):
    outcome = TrialOutcome(status=status, reason=None if status == "OK" else "why", recording=None)
    return Round(index=index, started="2026-01-01T00:00:00+00:00", outcome=outcome)


def test_a_case_is_over_with_its_last_trial(under_way):
    run = under_way(rounds=2)
    assert not run.is_over
    run.add(trial(1))
    assert (run.has(1), run.has(0), run.is_over) == (True, False, False)
    run.add(trial(0))
    assert [round_.index for round_ in run.rounds] == [0, 1]
    assert run.is_over
    assert not run.has_failed


def test_no_trial_follows_one_that_failed_or_engines_that_are_not_there(under_way):
    run = under_way(rounds=3)
    run.add(trial(0, "ERROR"))
    assert run.is_over
    assert run.has_failed
    missing = under_way(rounds=3)
    missing.unmade = TrialOutcome(status="SKIPPED", reason="no such backend here", recording=None)
    assert missing.is_over
    assert missing.outcome(is_stopped=False) is missing.unmade


def test_a_case_of_one_trial_ends_as_that_does(under_way):
    run = under_way(rounds=1)
    run.add(trial(0, "TIMEOUT"))
    assert run.outcome(is_stopped=False) is run.rounds[0].outcome


def test_a_case_that_was_stopped_before_its_last_trial_is_interrupted_and_a_level_of_a_search_is_not(under_way):
    run = under_way(rounds=3)
    run.add(trial(0))
    assert run.outcome(is_stopped=True).status == "INTERRUPTED"
    run.of = run.case
    assert run.outcome(is_stopped=True).status == "OK"


def test_a_case_begins_with_what_it_tells_of_itself(make_case, tmp_path):
    told = []
    plan = Plan(engines=tmp_path, scratch=tmp_path, reproduce=str, settings=lambda case: {}, on_progress=told.append)
    case = make_case()
    run = begin_case(2, case, 5, plan)
    run.tell("engines", text="looking")
    assert (run.rounds, run.used) == ([], None)
    (said,) = told
    assert (said.case, said.cases, said.id, said.stage, said.text) == (2, 5, case.id, "engines", "looking")
