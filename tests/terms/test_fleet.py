"""A fleet in a result: a case finds its machine."""

from __future__ import annotations

from dataclasses import replace

from josie_bench.bench.run_state import new_run
from josie_bench.terms.fleet import FleetHost, FleetUse, FleetWorker
from tests.bench.cases import make_case, make_recording, scored_case

HOST = FleetHost(
    label="host2",
    facts={"cpu": "another CPU"},
    workers=[FleetWorker(name="worker1", cores=[0])],
    clock_offset_ms=0.0,
    clock_error_ms=0.1,
)


def test_a_machine_is_found_by_its_label():
    fleet = FleetUse(scheduler="local", hosts=[HOST])
    assert fleet.host("host2") is HOST
    assert fleet.host("host1") is None
    assert fleet.host(None) is None


def test_the_facts_of_a_case_are_those_of_its_machine():
    state = new_run("suite", "0" * 64)
    case = scored_case(make_case(), make_recording([100.0]))
    state.fleet = FleetUse(scheduler="local", hosts=[HOST])
    result = replace(state.result(), host={"cpu": "a CPU"})
    assert result.facts_of(replace(case, host="host2")) == {"cpu": "another CPU"}
    assert result.facts_of(case) == {"cpu": "a CPU"}
    assert replace(result, fleet=None).facts_of(replace(case, host="host2")) == {"cpu": "a CPU"}
