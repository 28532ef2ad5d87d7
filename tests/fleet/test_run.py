"""Runs over a fleet: the same result whatever the number of workers, whoever dies on the way."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from josie_bench.bench.journal import begin_journal, open_journal
from josie_bench.bench.run import run_cases
from josie_bench.bench.run_state import new_run
from josie_bench.errors import OutputError, UnavailableError
from josie_bench.fleet import RUN
from josie_bench.fleet.lots import lots_of
from josie_bench.fleet.run import FleetPlan, run_on_fleet
from josie_bench.reports.result import RESULT
from josie_bench.terms.budget import parse_budget
from josie_bench.terms.capacity import Search
from josie_bench.terms.simulated import ServiceLaw
from tests.fleet.in_process import SUITE, InProcessFleet, law_case, plan_for, run_over

CASES = [
    law_case("gated", budgets=(parse_budget("response_latency.p50 < 300 ms"),)),
    law_case("rounds", rounds=3, windows=40),
    law_case("closed", scenario="compute"),
    law_case("search", windows=20, scenario="capacity", capacity=Search(most=4, probes=6)),
    law_case("stalls", simulated=ServiceLaw(stall_ms=900.0, stall_every=7)),
]


def bytes_of(state):
    """Return the result as it is written, without what names hosts, times and the run."""
    plain = RESULT.dump_python(state.result())
    for name in ("run", "host", "fleet"):
        plain.pop(name)
    for case in plain["cases"]:
        case["host"] = case["worker"] = None
        for round_ in case["rounds"]:
            round_["started"] = None
    return json.dumps(plain).encode()


@pytest.fixture
def alone(tmp_path):
    state = new_run("suite", SUITE)
    run_cases(state, CASES, plan_for(tmp_path / "alone"))
    return state


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_the_result_is_byte_for_byte_that_of_one_process(alone, tmp_path, workers):
    state = run_over(InProcessFleet(workers), CASES, tmp_path / "fleet")
    assert bytes_of(state) == bytes_of(alone)
    assert list(state.recordings) == [case.id for case in state.case_results if case.id in alone.recordings]
    for name, recording in alone.recordings.items():
        np.testing.assert_array_equal(state.recordings[name].finished_ns, recording.finished_ns)
    assert {case.worker for case in state.case_results} == {f"worker{number}" for number in range(1, workers + 1)}


@settings(max_examples=6, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    workers=st.integers(1, 4),
    machines=st.lists(st.sampled_from(["a", "b", "c"]), min_size=4, max_size=4),
    deaths=st.lists(st.integers(0, 1), min_size=4, max_size=4),
    chosen=st.sets(st.integers(0, len(CASES) - 1), min_size=1),
)
def test_neither_machines_nor_deaths_change_what_is_measured(tmp_path_factory, workers, machines, deaths, chosen):
    folder = tmp_path_factory.mktemp("fleet")
    cases = [CASES[index] for index in sorted(chosen)]
    names = [f"worker{number}" for number in range(1, 5)]
    fleet = InProcessFleet(
        workers, machines=dict(zip(names, machines, strict=True)), deaths=dict(zip(names, deaths, strict=True))
    )
    state = run_over(fleet, cases, folder / "fleet", attempts=5)
    plain = new_run("suite", SUITE)
    run_cases(plain, cases, plan_for(folder / "alone"))
    for case in state.case_results:  # how it came about is told, and changes nothing else
        assert len(case.attempts) == sum("tried again" in note for note in case.notes)
    state.case_results[:] = [
        replace(case, attempts=[], notes=[note for note in case.notes if "tried again" not in note])
        for case in state.case_results
    ]
    assert bytes_of(state) == bytes_of(plain)


def test_a_case_whose_worker_dies_is_run_by_another_and_says_so(tmp_path):
    fleet = InProcessFleet(2, deaths={"worker1": 1})
    state = run_over(fleet, CASES[:1], tmp_path)
    (case,) = state.case_results
    assert (case.status, case.worker) == ("OK", "worker2")
    (attempt,) = case.attempts
    assert (attempt.worker, attempt.reason) == ("worker1", "its process was ended by SIGKILL")
    assert "tried again: worker1 gave nothing: its process was ended by SIGKILL" in case.notes


def test_a_case_that_kills_every_worker_is_given_up_and_the_others_run(tmp_path):
    fleet = InProcessFleet(1, deaths={"worker1": 3})
    state = run_over(fleet, CASES[:2], tmp_path, attempts=3)
    first, second = state.case_results
    assert first.status == "ERROR"
    assert first.reason.count("worker1: its process was ended by SIGKILL") == 3
    assert [verdict.result for verdict in first.budgets] == ["n/a"]
    assert second.status == "OK"


def test_workers_of_one_machine_are_one_host_and_virtual_time_has_no_neighbours(tmp_path):
    fleet = InProcessFleet(3, machines={"worker3": "other"})
    state = run_over(fleet, CASES[:1], tmp_path)
    assert not any("other worker" in note for note in state.case_results[0].notes)  # in virtual time nothing is
    assert [host.label for host in state.fleet.hosts] == ["host1", "host2"]
    assert [[worker.name for worker in host.workers] for host in state.fleet.hosts] == [
        ["worker1", "worker2"],
        ["worker3"],
    ]


def test_without_a_fleet_all_is_skipped_with_the_reason(tmp_path):
    def none():
        raise UnavailableError("ray is not installed", mend="pip install 'josie-bench[fleet]'")

    state = new_run("suite", SUITE)
    run_on_fleet(
        state, CASES[:2], plan_for(tmp_path), FleetPlan(open=none, folder=tmp_path, store=tmp_path, attempts=1)
    )
    assert {(case.status, case.reason) for case in state.case_results} == {
        ("SKIPPED", "ray is not installed: pip install 'josie-bench[fleet]'")
    }
    assert state.result().run.status == "NOT_MEASURED"


def test_a_fleet_of_which_no_worker_can_be_used_skips_all_and_names_each_reason(tmp_path):
    fleet = InProcessFleet(3, cores=2)
    state = run_over(fleet, CASES[:1], tmp_path)
    (case,) = state.case_results
    assert case.status == "SKIPPED"
    assert "worker3: 2 cores for 3 workers: each needs one of its own" in case.reason
    assert len(state.fleet.refused) == 3
    assert not fleet.is_open


def test_an_interrupt_keeps_what_came_home_and_the_run_goes_on_from_there(tmp_path):
    class Stopped(InProcessFleet):
        def next(self, timeout_s=None):
            worker, said = super().next(timeout_s)
            if said.files and sum(kind == RUN for _, kind in self.asked) == 3:
                raise KeyboardInterrupt
            return worker, said

    fleet = Stopped(1)
    journal = begin_journal(tmp_path)
    state = run_over(fleet, CASES, tmp_path, journal)
    journal.close()
    statuses = [case.status for case in state.case_results if case.id in {case.id for case in CASES}]
    assert statuses.count("OK") == 2
    assert statuses.count("INTERRUPTED") == 3
    assert isinstance(state.stop, KeyboardInterrupt)
    assert not fleet.is_open
    again = InProcessFleet(2)
    journal = open_journal(tmp_path)
    state = run_over(again, CASES, tmp_path, journal)
    journal.close()
    assert sum(kind == RUN for _, kind in again.asked) == len(lots_of(CASES)) - 2
    assert {case.status for case in state.case_results} == {"OK"}
    assert {case.host for case in state.case_results} == {"host1"}  # the machine is the one it was


def test_a_lot_whose_files_were_changed_is_run_again(tmp_path):
    journal = begin_journal(tmp_path)
    run_over(InProcessFleet(1), CASES[:2], tmp_path, journal)
    (tmp_path / "lots" / "0000" / "result.json").write_text("{}")
    again = InProcessFleet(1)
    run_over(again, CASES[:2], tmp_path, journal)
    journal.close()
    assert sum(kind == RUN for _, kind in again.asked) == 1


def test_a_full_disk_here_is_no_fault_of_a_worker(tmp_path):
    (tmp_path / "lots").write_text("a file where the folder is due")
    with pytest.raises(OutputError, match="cannot write"):
        run_over(InProcessFleet(2), CASES[:1], tmp_path)
