"""Faults held against what was expected of them, windows written by hand: hops of 300 ms, deadline 300 ms."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from josie_bench.bench.case_result import blank
from josie_bench.bench.fault_outcomes import fault_outcomes, fault_verdicts
from josie_bench.bench.run_state import run_status
from josie_bench.bench.supervise import TrialOutcome
from josie_bench.terms.fault import Expected, Fault, FaultNote
from josie_bench.terms.timebase import ns_from_ms

ENDED_MS = 900.0


@pytest.fixture
def outcome(make_case, make_recording):
    """Return what became of one fault that hits window 2 of six; `lost` of them have no answer."""

    def make(expected=None, *, lost=1, status="OK", kind="raises", ended_ms=ENDED_MS, invalid=(), **note):
        case = make_case(
            faults=(Fault(kind=kind, at=2, component="depth_transformer", expected=expected or Expected()),)
        )
        trial = make_recording([50.0] * 6)
        is_lost = np.isin(np.arange(6), np.arange(2, 2 + lost))
        said = FaultNote(
            **{"number": 0, "first": 2, "hits": 1, "ended_ns": None if ended_ms is None else ns_from_ms(ended_ms)}
            | note
        )
        trial = replace(
            trial,
            is_answered=~is_lost,
            finished_ns=np.where(is_lost, 0, trial.finished_ns),
            is_valid=~np.isin(np.arange(6), invalid),
            faults=(said,),
        )
        (found,) = fault_outcomes(case, trial, status)
        return found

    return make


def verdict(found):
    (said,) = fault_verdicts([found])
    return said.result


def test_a_fault_that_is_survived_is_as_expected_where_nothing_else_is_said(outcome):
    found = outcome()
    assert (found.has_survived, found.is_as_expected, found.recovery_ms, found.lost) == (True, True, 50.0, 1)
    assert (found.fault, found.expected) == ("depth_transformer raises", "recovers")
    assert found.detail == "recovered after 50 ms, windows lost: 1"
    (said,) = fault_verdicts([found])
    assert (said.expr, said.severity) == ("depth_transformer raises at 2: recovers", "gate")


@pytest.mark.parametrize(
    ("expected", "changes", "why"),
    [
        (Expected(), {"lost": 4}, "it never recovered"),
        (Expected(recovers_within_ms=40.0), {}, "it recovered after 50 ms"),
        (Expected(loses=0), {}, "windows lost: 1"),
        (Expected(), {"invalid": (3,)}, "answers that hold what is no sound or no token: 1"),
        (Expected(unchanged=True), {"unchanged": False}, "answers were others than without it"),
        (Expected(ends="TIMEOUT"), {"kind": "hangs"}, "the case ended as OK"),
    ],
)
def test_what_did_not_come_as_expected_breaks_its_gate_and_says_why(outcome, expected, changes, why):
    found = outcome(expected, **changes)
    assert (found.is_as_expected, found.detail, verdict(found)) == (False, why, "fail")


def test_what_holds_to_the_last_bound_is_as_expected(outcome):
    found = outcome(Expected(recovers_within_ms=50.0, loses=1, unchanged=True), unchanged=True)
    assert (found.is_as_expected, verdict(found)) == (True, "pass")


@pytest.mark.parametrize(
    ("expected", "changes", "why"),
    [
        (Expected(), {"first": None}, "the case ended before"),
        (Expected(), {"hits": 0}, "it hit nothing: the component was not called, or no chunk was sent"),
        (
            Expected(unchanged=True),
            {"why_unknown": "stopped"},
            "whether answers were unchanged is not known: stopped",
        ),
    ],
)
def test_what_cannot_be_told_is_no_pass(outcome, expected, changes, why):
    found = outcome(expected, **changes)
    assert (found.is_as_expected, found.detail, verdict(found)) == (None, why, "n/a")


def test_a_hang_that_was_to_end_the_case_is_not_survived_and_as_expected(outcome):
    found = outcome(Expected(ends="TIMEOUT"), lost=4, ended_ms=None, status="TIMEOUT", kind="hangs")
    assert (found.has_survived, found.is_as_expected, found.recovery_ms, found.ended) == (False, True, None, "TIMEOUT")


def case_result(make_case, found, status):
    outcome = TrialOutcome(status=status, reason="not done after 40 s, its timeout", recording=None)
    plain = blank(make_case(), outcome, None, settings={}, reproduce="")
    return replace(plain, faults=[found], budgets=fault_verdicts([found]))


def test_a_run_passes_with_a_case_that_ended_as_it_was_to_and_with_no_other(outcome, make_case):
    hung = {"lost": 4, "ended_ms": None, "kind": "hangs"}
    as_told = case_result(make_case, outcome(Expected(ends="TIMEOUT"), status="TIMEOUT", **hung), "TIMEOUT")
    assert run_status([as_told], is_stopped=False)[0] == "OK"
    as_none_told = case_result(make_case, outcome(status="TIMEOUT", **hung), "TIMEOUT")
    assert run_status([as_none_told], is_stopped=False)[0] == "NOT_MEASURED"
    went_on = case_result(make_case, outcome(Expected(ends="TIMEOUT"), kind="hangs"), "OK")
    assert run_status([went_on], is_stopped=False)[0] == "GATE_BROKEN"


def test_a_case_that_recorded_nothing_has_a_gate_for_each_fault_that_nobody_can_answer(make_case):
    faults = (Fault(kind="disconnect", at=1), Fault(kind="disconnect", at=5))
    skipped = TrialOutcome(status="SKIPPED", reason="no library", recording=None)
    result = blank(make_case(faults=faults), skipped, None, settings={}, reproduce="")
    assert [(said.result, said.detail) for said in result.budgets] == [("n/a", "no library")] * 2


def test_each_round_has_outcomes_of_its_own_and_its_gates_say_which(outcome):
    first = outcome()
    said = fault_verdicts([first, replace(first, round=1)])
    assert [verdict.expr.partition(":")[0] for verdict in said] == [
        "depth_transformer raises at 2 of round 1",
        "depth_transformer raises at 2 of round 2",
    ]
