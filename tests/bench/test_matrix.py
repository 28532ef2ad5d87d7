"""Cases over machines: relative to the first where only the host differs, alone with the reason elsewhere."""

from __future__ import annotations

import doctest
from dataclasses import replace

import pytest

from josie_bench.bench import matrix as matrix_module
from josie_bench.bench.matrix import matrix_of
from josie_bench.errors import UsageError
from josie_bench.terms.fleet import FleetHost, FleetUse, FleetWorker
from tests.bench.comparing import P50, case_of, result_of, score


def machine(cpu, value, run="run", **settings):
    case = case_of({}, settings=settings)
    case = replace(case, metrics={P50: replace(score(P50, value), ci=None)})
    return result_of(case, host={"fingerprint": cpu, "cpu": cpu}, run=run)


def cells(matrix):
    return [[(cell.value, cell.relative, cell.reason) for cell in row.cells] for row in matrix.rows]


def test_the_examples_hold():
    assert doctest.testmod(matrix_module).failed == 0


def test_a_number_is_relative_to_that_of_the_first_machine_and_another_host_is_no_obstacle():
    matrix = matrix_of([machine("one", 100.0), machine("two", 150.0), machine("three", 50.0)])
    assert cells(matrix) == [[(100.0, 1.0, None), (150.0, 1.5, None), (50.0, 0.5, None)]]
    assert [(column.name, column.machine) for column in matrix.columns] == [("A", "one"), ("B", "two"), ("C", "three")]


def test_what_else_differs_leaves_the_number_alone_until_it_is_declared():
    sides = [machine("one", 100.0), machine("two", 150.0, window="400 ms")]
    assert cells(matrix_of(sides))[0][1] == (150.0, None, "INCOMPARABLE(window)")
    assert cells(matrix_of(sides, varied=["window"]))[0][1] == (150.0, 1.5, None)


def test_a_case_that_is_not_ok_has_no_number_and_says_why():
    bad = machine("two", 150.0)
    bad = replace(bad, cases=[replace(bad.cases[0], status="INVALID_THROTTLED", reason="the GPU was hot")])
    assert cells(matrix_of([machine("one", 100.0), bad]))[0][1] == (None, None, "INVALID_THROTTLED: the GPU was hot")
    assert cells(matrix_of([bad, machine("one", 100.0)]))[0][1] == (100.0, None, "A has no number")


def test_nothing_is_divided_by_zero():
    assert cells(matrix_of([machine("one", 0.0), machine("two", 1.0)]))[0][1] == (1.0, None, "A is 0")


def test_a_fleet_has_a_column_for_each_of_its_machines_and_workers_beside_each_other_are_of_the_host():
    hosts = [
        FleetHost(
            label=f"host{number}",
            facts={"fingerprint": str(number), "cpu": f"CPU {number}", "gpu": [{"name": "GPU"}] if number == 2 else []},
            workers=[FleetWorker(name=f"worker{index}", cores=[index]) for index in range(number)],
            clock_offset_ms=0.0,
            clock_error_ms=0.1,
        )
        for number in (1, 2)
    ]
    result = machine("gatherer", 100.0)
    (case,) = result.cases
    cases = [replace(case, host="host1"), replace(case, id="other", host="host2")]
    result = replace(result, cases=cases, fleet=FleetUse(scheduler="local", hosts=hosts))
    matrix = matrix_of([result, machine("alone", 50.0)])
    assert [(column.host, column.machine) for column in matrix.columns] == [
        ("host1", "CPU 1"), ("host2", "GPU"), (None, "alone"),
    ]  # fmt: skip
    assert cells(matrix) == [
        [(100.0, 1.0, None), (None, None, "not run there"), (50.0, 0.5, None)],
        [(None, None, "not run there"), (100.0, None, "A has no number"), (None, None, "not run there")],
    ]


def test_one_machine_is_no_matrix_and_an_unknown_metric_names_the_near_one():
    with pytest.raises(UsageError, match="two machines at least"):
        matrix_of([machine("one", 100.0)])
    with pytest.raises(UsageError, match=r"did you mean 'response_latency\.p50'"):
        matrix_of([machine("one", 100.0), machine("two", 100.0)], metrics=["response_latency.p5"])
