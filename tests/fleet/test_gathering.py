"""Lots to one run: in the suite's order, labelled, with what must be known of how they came."""

from __future__ import annotations

from dataclasses import replace

from josie_bench.bench.run import run_cases
from josie_bench.bench.run_state import new_run
from josie_bench.fleet.dispatch import Ended
from josie_bench.fleet.gathering import Part, gather
from josie_bench.fleet.lots import lots_of
from josie_bench.reports import RunData
from josie_bench.terms.contrast import Contrast, LearningCurve
from josie_bench.terms.engine_comparison import EngineComparison
from josie_bench.terms.fleet import Attempt, FleetHost, FleetUse, FleetWorker, Refusal
from josie_bench.terms.result import CaseResult
from josie_bench.terms.simulated import REAL, ServiceLaw
from tests.bench.cases import make_case, make_recording
from tests.fleet.in_process import SUITE, law_case, plan_for

CASES = (law_case("one"), law_case("two", windows=40), law_case("three", windows=50))


def absent(case):
    return CaseResult(id=case.id, sha=case.sha, status="INTERRUPTED", reason="not run", settings={}, reproduce="")


def host_of(label, *workers):
    return FleetHost(label=label, facts={}, workers=list(workers), clock_offset_ms=0.0, clock_error_ms=0.1)


def part_of(lot, folder, *, host="host1", attempts=()):
    state = new_run("suite", SUITE)
    run_cases(state, lot.cases, plan_for(folder / str(lot.index)))
    data = RunData(result=state.result(), recordings=state.recordings)
    return Part(ended=Ended(lot=lot, worker="worker1", data=data, attempts=attempts), host=host_of(host))


def test_whoever_came_home_first_the_cases_stand_as_in_the_suite(tmp_path):
    parts = [part_of(lot, tmp_path, host=f"host{lot.index}") for lot in lots_of(CASES)]
    state = new_run("suite", SUITE)
    gather(state, CASES, parts[::-1], plan_for(tmp_path), absent)
    assert [case.id for case in state.case_results] == [case.id for case in CASES]
    assert [case.host for case in state.case_results] == ["host0", "host1", "host2"]
    assert list(state.recordings) == [case.id for case in CASES]


def test_what_nobody_ran_stands_in_its_place_without_a_host(tmp_path):
    first, _, third = lots_of(CASES)
    state = new_run("suite", SUITE)
    gather(state, CASES, [part_of(third, tmp_path), part_of(first, tmp_path)], plan_for(tmp_path), absent)
    assert [(case.status, case.host) for case in state.case_results] == [
        ("OK", "host1"),
        ("INTERRUPTED", None),
        ("OK", "host1"),
    ]


def test_an_attempt_that_gave_nothing_is_told_in_a_note(tmp_path):
    attempt = Attempt(worker="worker7", reason="its actor died: SYSTEM_ERROR", started="2026-01-01T00:00:00+00:00")
    state = new_run("suite", SUITE)
    gather(state, CASES[:1], [part_of(lots_of(CASES)[0], tmp_path, attempts=(attempt,))], plan_for(tmp_path), absent)
    assert state.case_results[0].attempts == [attempt]
    assert state.case_results[0].notes[-1] == "tried again: worker7 gave nothing: its actor died: SYSTEM_ERROR"


def test_what_a_case_was_and_what_it_says_of_others_is_not_taken_from_who_measured_it(tmp_path):
    (lot, *_) = lots_of(CASES)
    part = part_of(lot, tmp_path)
    (told,) = part.ended.data.result.cases
    lies = replace(
        part.ended.data.result,
        cases=[replace(told, settings={"name": "another"}, reproduce="curl elsewhere | sh")],
        comparisons=[EngineComparison(base="one", cases=["two"], rounds=9, parts=[], times=[], ratios=[])],
        contrasts=[
            Contrast(
                setting="ablate", value="a", base="nothing", figure="wer", before=1.0, after=0.0, n=9, seeds=9,
                bases=["two"], cases=["three"],
            )
        ],
        learning=[LearningCurve(case="three", loss="text", steps=[1], values=[0.0])],
    )  # fmt: skip
    part = replace(part, ended=replace(part.ended, data=replace(part.ended.data, result=lies)))
    state, plan = new_run("suite", SUITE), plan_for(tmp_path)
    gather(state, CASES[:1], [part], plan, absent)
    (case,) = state.case_results
    assert (case.settings, case.reproduce) == (plan.settings(CASES[0]), plan.reproduce(CASES[0]))
    assert (state.comparisons, state.contrasts, state.learning) == ([], [], [])


def test_neighbours_of_the_fleet_are_told_where_a_time_was_measured(tmp_path):
    case = make_case(backend="simulated", simulated=ServiceLaw(clock=REAL))
    (lot,) = lots_of([case])
    result = CaseResult(id=case.id, sha=case.sha, status="OK", reason=None, settings={}, reproduce="")
    run = new_run("suite", SUITE)
    run.case_results, run.recordings = [result], {case.id: make_recording([100.0])}
    ended = Ended(lot=lot, worker="worker1", data=RunData(result=run.result(), recordings=run.recordings), attempts=())
    state = new_run("suite", SUITE)
    workers = [FleetWorker(name=f"worker{number}", cores=[0], niceness=15) for number in (1, 2, 3)]
    host = host_of("host1", *workers)
    gather(state, [case], [Part(ended=ended, host=host)], plan_for(tmp_path), absent)
    assert state.case_results[0].notes == [
        "2 other workers of the fleet measured on the same machine at the same time",
        "its worker had niceness 15: all else on the machine went before it (RAY_worker_niceness=0)",
    ]
    state = new_run("suite", SUITE)
    state.fleet = FleetUse(scheduler="local", hosts=[host], refused=[Refusal(worker="worker3", reason="it lied")])
    gather(state, [case], [Part(ended=ended, host=host)], plan_for(tmp_path), absent)
    assert state.case_results[0].notes[0] == (
        "2 other workers of the fleet measured on the same machine at the same time; 1 of them was lost on the way"
    )
