"""Calls: what a step asks for, answered one by one."""

from __future__ import annotations

import numpy as np
import pytest

from josie_bench.runtime.calls import Call, alone


class Doubling:
    def step(self, inputs):
        return {"twice": 2 * inputs["number"]}


def asks_twice():
    first = yield Call("a", {"number": np.array([3])})
    second = yield Call("b", {"number": first.outputs["twice"]})
    assert first.start_ns <= first.end_ns <= second.start_ns <= second.end_ns
    return int(second.outputs["twice"][0])


def test_calls_are_answered_in_turn_by_the_component_they_name():
    assert alone(asks_twice(), {"a": Doubling(), "b": Doubling()}) == 12


def test_a_step_that_calls_nothing_returns_at_once():
    def asks_nothing():
        return "done"
        yield

    assert alone(asks_nothing(), {}) == "done"


def test_what_an_engine_raises_ends_the_step():
    with pytest.raises(KeyError, match="b"):
        alone(asks_twice(), {"a": Doubling()})


def test_calls_with_the_same_shapes_can_be_answered_together():
    calls = [Call("a", {"x": np.zeros((1, n)), "y": np.zeros(1)}) for n in (2, 2, 3)]
    assert calls[0].shapes == calls[1].shapes == ((1, 2), (1,))
    assert calls[2].shapes != calls[0].shapes
