"""A fleet in a result: its machines are found by their labels, and who was lost is told from who never was there."""

from __future__ import annotations

from dataclasses import replace

from josie_bench.terms.fleet import FleetHost, FleetUse, FleetWorker, Refusal
from tests.bench.comparing import floor_of

HOST = FleetHost(
    label="host2",
    facts={"cpu": "another CPU"},
    workers=[FleetWorker(name="worker1", cores=[0])],
    clock_offset_ms=0.0,
    clock_error_ms=0.1,
    noise_floors=[floor_of("c")],
)


def test_a_machine_is_found_by_its_label():
    fleet = FleetUse(scheduler="local", hosts=[HOST])
    assert fleet.host("host2") is HOST
    assert fleet.host("host1") is None
    assert fleet.host(None) is None


def test_the_noise_floors_of_all_machines_come_together():
    other = replace(HOST, label="host3", noise_floors=[floor_of("d"), floor_of("e")])
    assert [floor.conditions for floor in FleetUse(scheduler="ray", hosts=[HOST, other]).noise_floors] == [
        "c",
        "d",
        "e",
    ]


def test_who_was_let_in_and_refused_later_was_lost():
    refused = [Refusal(worker=name, reason="why") for name in ("worker1", "worker9")]
    assert FleetUse(scheduler="ray", hosts=[HOST], refused=refused).lost == {"worker1"}
    assert FleetUse(scheduler="ray", hosts=[HOST]).lost == frozenset()
