"""What reports say of a fleet: its machines, each case's host, and what was tried again."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from josie_bench.reports._fleet import fleet_rows, lost_rows, on_host
from josie_bench.reports.csv import text as to_csv
from josie_bench.reports.html import to_html
from josie_bench.reports.junit import _suites
from josie_bench.reports.markdown import to_markdown
from josie_bench.terms.fleet import Attempt, FleetHost, FleetUse, FleetWorker, Refusal

HOSTS = [
    FleetHost(
        label=f"host{number}",
        facts={"cpu": f"CPU <{number}>", "gpu": [{"name": f"GPU {number}"}] if number == 2 else []},
        workers=[FleetWorker(name=f"worker{number}", cores=[0, 1])],
        clock_offset_ms=12.34 * number,
        clock_error_ms=0.5,
    )
    for number in (1, 2)
]
ATTEMPT = Attempt(worker="worker9", reason="its actor died: SYSTEM_ERROR", started="2026-01-01T00:00:00+00:00")


@pytest.fixture
def shared_out(run_data):
    cases = [replace(case, host=f"host{1 + index % 2}") for index, case in enumerate(run_data.result.cases)]
    cases[0] = replace(cases[0], attempts=[ATTEMPT])
    fleet = FleetUse(scheduler="ray", hosts=HOSTS, refused=[Refusal(worker="worker8", reason="it has josie-bench 9")])
    return replace(run_data, result=replace(run_data.result, cases=cases, fleet=fleet))


def test_a_run_of_one_process_says_nothing_of_a_fleet(run_data):
    assert fleet_rows(run_data.result) == lost_rows(run_data.result) == []
    assert "Machines of the fleet" not in to_markdown(run_data) + to_html(run_data)
    assert on_host(run_data.result.cases[0]) == run_data.result.cases[0].id


def test_each_machine_has_a_row_with_its_clock_and_how_many_cases_it_measured(shared_out):
    first, second = fleet_rows(shared_out.result)
    cases = len(shared_out.result.cases)
    assert first[:7] == ("host1", "CPU <1>", "—", "1", "2", str(cases - cases // 2), "+12.3 ± 0.5 ms")
    assert second[:7] == ("host2", "CPU <2>", "GPU 2", "1", "2", str(cases // 2), "+24.7 ± 0.5 ms")
    assert first[7] == "none: josie-bench calibrate measures one there"


def test_a_machine_without_a_noise_floor_says_on_how_many_cores_to_take_one(shared_out):
    host = replace(HOSTS[0], facts={"cpu_cores": 8, "cpu_affinity": 2})
    result = replace(shared_out.result, fleet=replace(shared_out.result.fleet, hosts=[host]))
    (row,) = fleet_rows(result)
    assert row[7] == "none: josie-bench calibrate measures one there, on 2 of its 8 cores as here (taskset -c)"


def test_a_machine_says_how_many_workers_it_had_and_how_many_were_lost(shared_out):
    fleet = shared_out.result.fleet
    both = [*HOSTS[0].workers, replace(HOSTS[0].workers[0], name="worker3")]
    gone = Refusal(worker="worker3", reason="its suite is another one")
    fleet = replace(fleet, hosts=[replace(HOSTS[0], workers=both), HOSTS[1]], refused=[*fleet.refused, gone])
    result = replace(shared_out.result, fleet=fleet)
    assert [row[3] for row in fleet_rows(result)] == ["2, 1 of them lost", "1"]
    assert lost_rows(result)[-1] == ("worker3", "—", "used no more: its suite is another one")


def test_attempts_and_refusals_are_told_with_their_reasons(shared_out):
    assert lost_rows(shared_out.result) == [
        ("worker9", shared_out.result.cases[0].id, "tried again: its actor died: SYSTEM_ERROR"),
        ("worker8", "—", "not used: it has josie-bench 9"),
    ]


@pytest.mark.parametrize("draw", [to_markdown, to_html])
def test_pages_name_the_host_of_each_case_and_escape_what_hosts_say(shared_out, draw):
    text = draw(shared_out)
    assert "CPU <1>" not in text
    assert "CPU &lt;1" in text
    measured = [case for case in shared_out.result.cases if case.metrics]
    assert all(f"{case.id} on {case.host}" in text for case in measured)
    assert "tried again: its actor died: SYSTEM_ERROR" in text


def test_junit_and_csv_name_the_host_of_each_case(shared_out, run_data):
    root = _suites(shared_out)
    named = {test.get("classname"): test.find("properties/property").get("value") for test in root.iter("testcase")}
    assert named == {case.id: case.host for case in shared_out.result.cases}
    assert ET.tostring(_suites(run_data)).count(b"property") == 0
    head, *rows = to_csv(shared_out).splitlines()
    assert head.startswith("case,host,status,")
    assert {row.split(",")[1] for row in rows} == {"host1", "host2"}
