"""Which blocks a run that was cut off has torn apart."""

from __future__ import annotations

from dataclasses import replace

import pytest

from josie_bench.bench.interleaving import is_interleaved, torn_blocks
from josie_bench.terms.result import Resumed
from tests.bench.comparing import P50, case_of, result_of


@pytest.fixture
def measured():
    """Return a result of two sides with rounds that began at some minutes, gone on with at others."""

    def at(minute):
        return f"2026-01-01T00:{minute:02}:00+00:00"

    def side(name, minutes):
        case = case_of({P50: [1.0] * len(minutes)}, name=name)
        rounds = [replace(some, started=at(minute)) for some, minute in zip(case.rounds, minutes, strict=True)]
        return replace(case, rounds=rounds)

    def result(a, b, resumed):
        found = result_of(side("A", a), side("B", b))
        processes = [Resumed(started=at(minute), host_fingerprint="") for minute in resumed]
        return replace(found, run=replace(found.run, resumed=processes))

    return result


@pytest.mark.parametrize(
    ("a", "b", "resumed", "torn"),
    [
        ((1, 3, 5), (2, 4, 6), (), []),
        ((1, 3, 25), (2, 24, 26), (20,), [1]),
        ((1, 23, 45), (22, 24, 44), (20, 40), [0]),
        ((1, 3, 25), (2, 4, 26), (20,), []),
        ((1, 3, 5), (22, 24, 26), (20,), [0, 1, 2]),
        ((1, 3, 5), (2, 24), (20,), [1]),
        ((1, 20), (2, 21), (20,), []),
    ],
)
def test_a_block_whose_sides_are_of_two_processes_is_torn(measured, a, b, resumed, torn):
    result = measured(a, b, resumed)
    assert torn_blocks(result, "A", "B") == torn
    assert is_interleaved(result, [("A", "B")]) is (torn != [0, 1, 2])


def test_single_trials_are_no_blocks_that_could_be_torn(measured):
    assert is_interleaved(measured((), (), (20,)), [("A", "B")])
