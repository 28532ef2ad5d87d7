"""Seats of one engine: rows where they belong, who begins anew, and what cannot be done among others."""

from __future__ import annotations

import numpy as np
import pytest

from josie_bench.errors import EngineError
from josie_bench.runtime.seats import Seats
from josie_bench.terms.signature import RESET, RUNNING, Signature, TensorSpec


class Counting:
    """An engine with slots whose state counts the steps of each; it answers with its input and the count before."""

    def __init__(self, slots):
        plain = TensorSpec(name="x", dtype="float32", axes=("batch", 2))
        masks = [TensorSpec(name=name, dtype="bool", axes=("batch",)) for name in (RESET, RUNNING)]
        count = TensorSpec(name="count", dtype="int64", axes=("batch", 1))
        self.signature = Signature(inputs=(plain, *masks), state=(count,), outputs=(plain,))
        self.given, self._count = [], np.zeros((slots, 1), dtype=np.int64)

    def step(self, inputs):
        self.given.append(inputs)
        self._count[inputs[RESET]] = 0
        before = self._count.copy()
        self._count[inputs[RUNNING]] += 1
        return {"y": inputs["x"] + 100 * before}

    def state(self, *names):
        whole = {"count": self._count, "twice": 2 * self._count}
        return {name: whole[name] for name in names or whole}


@pytest.fixture
def engine():
    return Counting(3)


def row(value):
    return {"x": np.full((1, 2), float(value), dtype=np.float32)}


def test_seats_are_taken_one_after_the_other_until_none_is_free(engine):
    first = Seats(engine, 2).sit()
    second = first.fork()
    assert (first.number, second.number) == (0, 1)
    assert first.seats is second.seats
    assert [spec.name for spec in first.signature.inputs] == ["x"]
    with pytest.raises(EngineError, match="loaded for 2 sessions, and all seats are taken"):
        second.fork()


def test_who_steps_together_gets_its_own_row_and_the_others_stand_still(engine):
    seats = Seats(engine, 3)
    outputs = seats.step({2: row(5), 0: row(7)})
    assert {seat: found["y"].tolist() for seat, found in outputs.items()} == {2: [[5.0, 5.0]], 0: [[7.0, 7.0]]}
    (given,) = engine.given
    assert given["x"].tolist() == [[7.0, 7.0], [5.0, 5.0], [5.0, 5.0]]  # what stands still is given the first's
    assert given[RUNNING].tolist() == [True, False, True]
    assert not given[RESET].any()
    assert seats.state(0)["count"].tolist() == [[1]]
    assert seats.state(1)["count"].tolist() == [[0]]


def test_a_session_that_steps_alone_is_an_executable_like_any_other(engine):
    seats = Seats(engine, 3)
    seat, other = seats.sit(), seats.sit()
    assert [float(seat.step(row(1))["y"][0, 0]) for _ in range(3)] == [1.0, 101.0, 201.0]
    assert other.step(row(1))["y"].tolist() == [[1.0, 1.0]]
    assert {name: array.tolist() for name, array in seat.state().items()} == {"count": [[3]], "twice": [[6]]}
    assert {name: array.tolist() for name, array in seat.state("twice").items()} == {"twice": [[6]]}


def test_a_seat_begins_anew_with_its_own_next_step_whoever_steps_before(engine):
    seats = Seats(engine, 3)
    seat, other = seats.sit(), seats.sit()
    for _ in range(2):
        seats.step({0: row(1), 1: row(1)})
    seat.reset()
    assert seat.state()["count"].tolist() == [[0]]  # as it will be read
    assert other.step(row(1))["y"].tolist() == [[201.0, 201.0]]
    assert not engine.given[-1][RESET].any()
    assert seat.step(row(1))["y"].tolist() == [[1.0, 1.0]]
    assert engine.given[-1][RESET].tolist() == [True, False, False]
    assert seat.step(row(1))["y"].tolist() == [[101.0, 101.0]]


def test_a_step_among_others_cannot_be_taken_back(engine):
    with pytest.raises(EngineError, match="set silence to gated or drawn"):
        Seats(engine, 1).sit().undo()
