"""Which machine a case is of."""

from __future__ import annotations

from dataclasses import replace

from josie_bench.terms.fleet import FleetHost, FleetUse
from josie_bench.terms.machine import facts_of, only_machine
from tests.bench.comparing import case_of, result_of

TOLD = {"workers": [], "clock_offset_ms": 0.0, "clock_error_ms": 0.1}
ONE, TWO = (FleetHost(label=f"host{number}", facts={"cpu": f"CPU {number}"}, **TOLD) for number in (1, 2))
CASE = case_of({})


def fleet_of(*hosts):
    return replace(result_of(CASE), host={"cpu": "the gatherer's"}, fleet=FleetUse(scheduler="local", hosts=[*hosts]))


def test_a_case_is_of_the_machine_that_its_label_names():
    result = fleet_of(ONE, TWO)
    assert facts_of(result, replace(CASE, host="host2")) == {"cpu": "CPU 2"}
    assert facts_of(result, CASE) == {"cpu": "the gatherer's"}


def test_without_a_fleet_a_label_means_nothing():
    result = replace(fleet_of(), fleet=None)
    assert facts_of(result, replace(CASE, host="host2")) == {"cpu": "the gatherer's"}
    assert only_machine(result) == {"cpu": "the gatherer's"}


def test_a_fleet_of_one_machine_has_that_one_and_of_several_none():
    assert only_machine(fleet_of(TWO)) == {"cpu": "CPU 2"}
    assert only_machine(fleet_of()) == {"cpu": "the gatherer's"}
    assert only_machine(fleet_of(ONE, TWO)) is None
