"""Who is let in, with which cores, and what is known of the machines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import josie_bench
from josie_bench.fleet import CLOCK, GREET, SETTLE, Answer, Lost
from josie_bench.fleet.crew import Crew, _slices
from josie_bench.terms.result import SCHEMA_VERSION
from tests.fleet.in_process import InProcessFleet


def enlisted(fleet, tmp_path):
    crew = Crew(fleet=fleet, store=tmp_path)
    crew.enlist(fleet.workers)
    return crew


def telling(**told):
    """Return what spoils the greeting of worker2."""

    def spoil(worker, request, said):
        is_its = worker == "worker2" and request["ask"] == GREET
        return Answer(told={**said.told, **told}) if is_its else said

    return spoil


def test_workers_of_a_machine_share_its_cores_and_none_has_one_of_another(tmp_path):
    crew = enlisted(InProcessFleet(3, machines={"worker2": "other"}, cores=4), tmp_path)
    assert {name: worker.cores for name, worker in crew.here.items()} == {
        "worker1": [0, 1],
        "worker2": [0, 1, 2, 3],
        "worker3": [2, 3],
    }
    assert crew.host_of == {"worker1": "host1", "worker2": "host2", "worker3": "host1"}
    assert [[worker.name for worker in host.workers] for host in crew.use().hosts] == [
        ["worker1", "worker3"],
        ["worker2"],
    ]


@given(cores=st.integers(1, 64), workers=st.integers(1, 64))
def test_shares_of_cores_are_equal_and_do_not_overlap(cores, workers):
    names = [f"worker{number}" for number in range(workers)]
    shares = _slices([str(core) for core in range(cores)], names)
    taken = [core for share in shares.values() for core in share]
    assert len(taken) == len(set(taken))
    assert {len(share) for share in shares.values()} == {cores // workers}


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({"tool": "9.9"}, f"it has josie-bench 9.9, and this is {josie_bench.__version__}"),
        ({"schema_version": "0.7.0"}, f"it has result schema 0.7.0, and this is {SCHEMA_VERSION}"),
    ],
)
def test_a_worker_of_another_version_is_refused_in_one_line_that_says_the_mend(tmp_path, told, reason):
    crew = enlisted(InProcessFleet(2, spoil=telling(**told)), tmp_path)
    assert list(crew.here) == ["worker1"]
    (refusal,) = crew.use().refused
    assert refusal.worker == "worker2"
    assert refusal.reason == f"{reason}: install josie-bench {josie_bench.__version__} there"
    assert "\n" not in refusal.reason


@pytest.mark.parametrize(
    ("ask", "told"),
    [
        (GREET, {"cores": ["0"]}),
        (SETTLE, {"facts": None}),
        (CLOCK, {"clock_s": 1e308}),
        (GREET, {"refused": {}}),
    ],
)
def test_a_worker_that_says_what_none_of_ours_does_is_refused_and_the_others_stay(tmp_path, ask, told):
    def spoil(worker, request, said):
        is_its = worker == "worker2" and request["ask"] == ask
        return Answer(told={**said.told, **told}) if is_its else said

    crew = enlisted(InProcessFleet(2, machines={"worker2": "other"}, spoil=spoil), tmp_path)
    assert list(crew.here) == ["worker1"]
    (refusal,) = crew.use().refused
    assert refusal.worker == "worker2"
    assert refusal.reason.isprintable()
    assert [host.label for host in crew.use().hosts] == ["host1"]


def test_a_worker_that_ends_before_it_greets_is_refused_and_the_others_stay(tmp_path):
    def spoil(worker, request, said):
        return Lost(reason="no module josie_bench") if worker == "worker1" else said

    crew = enlisted(InProcessFleet(2, spoil=spoil), tmp_path)
    assert list(crew.here) == ["worker2"]
    assert [refusal.reason for refusal in crew.refused] == ["no module josie_bench"]


def test_a_silent_worker_is_refused_and_the_others_stay(tmp_path):
    class Silent(InProcessFleet):
        def next(self, timeout_s=None):
            worker, said = super().next(timeout_s)
            if worker == "worker2":
                assert timeout_s is not None
                return None
            return worker, said

    crew = enlisted(Silent(2), tmp_path)
    assert list(crew.here) == ["worker1"]
    assert "did not answer within" in crew.refused[0].reason


def test_one_that_was_started_again_keeps_its_cores_and_is_no_second_worker(tmp_path):
    fleet = InProcessFleet(2, cores=4)
    crew = enlisted(fleet, tmp_path)
    crew.enlist(["worker1"])
    assert crew.here["worker1"].cores == [0, 1]
    (host,) = crew.use().hosts
    assert sorted(worker.name for worker in host.workers) == ["worker1", "worker2"]


def test_one_that_was_started_again_on_another_machine_is_used_no_more(tmp_path):
    fleet = InProcessFleet(2)
    crew = enlisted(fleet, tmp_path)
    fleet.machines = {"worker1": "elsewhere"}
    crew.enlist(["worker1"])
    assert list(crew.here) == ["worker2"]
    assert crew.refused[0].reason == "it was started again on another machine, whose cores may be others'"
    assert [host.label for host in crew.use().hosts] == ["host1"]


def test_a_clock_that_is_not_told_is_not_known(tmp_path):
    def spoil(worker, request, said):
        return Answer(told={"refused": "no clock"}) if request["ask"] == CLOCK else said

    (host,) = enlisted(InProcessFleet(1, spoil=spoil), tmp_path).use().hosts
    assert (host.clock_offset_ms, host.clock_error_ms) == (None, None)


def test_answers_to_others_that_come_meanwhile_are_not_lost(tmp_path):
    fleet = InProcessFleet(2)
    crew = enlisted(fleet, tmp_path)
    fleet.ask("worker1", {"ask": CLOCK})
    crew.enlist(["worker2"])
    worker, said = crew.next()
    assert (worker, "clock_s" in said.told) == ("worker1", True)


def test_the_shortest_round_trip_says_how_far_a_clock_is_ahead_and_its_half_by_how_much_that_can_be_wrong(tmp_path):
    def spoil(worker, request, said):
        return Answer(told={"clock_s": said.told["clock_s"] + 5.0}) if request["ask"] == CLOCK else said

    (host,) = enlisted(InProcessFleet(1, spoil=spoil), tmp_path).use().hosts
    assert host.clock_error_ms > 0.0
    assert abs(host.clock_offset_ms - 5000.0) <= host.clock_error_ms


def test_a_reason_is_one_line_that_steers_no_terminal(tmp_path):
    crew = enlisted(InProcessFleet(1), tmp_path)
    crew.refuse("worker1", "metrics.\x1b[2J\nis broken")
    assert crew.use().refused[-1].reason == "metrics. [2J is broken"
