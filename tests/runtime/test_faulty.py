"""Components that misbehave on demand."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from josie_bench.model.presets import TINY
from josie_bench.model.weights import build_model
from josie_bench.probes.latency import now_ns
from josie_bench.runtime.faulty import Faulty, InjectedError, Trigger
from josie_bench.terms.fault import OF_NUMBERS, Fault


class Adds:
    """Counts its steps, and gives their number as a float and as a code."""

    signature = "signature"

    def __init__(self):
        self.at = 0

    def step(self, inputs):
        self.at += 1
        return {"sound": np.full(3, self.at, dtype=np.float32), "code": np.array([self.at])}

    def reset(self):
        self.at = 0

    def undo(self):
        self.at -= 1

    def state(self, *names):
        return {"at": np.array([self.at])}


def faulty(fault=None):
    trigger = Trigger()
    trigger.arm(fault)
    return Faulty("decoder", Adds(), trigger), trigger


def fault(kind, component="decoder", **more):
    return Fault(kind=kind, at=0, component=component, **more)


def test_without_a_fault_or_with_that_of_another_it_is_what_is_inside():
    for held in (None, fault("raises", "encoder"), fault("nan", "encoder"), fault("hangs", "encoder")):
        component, trigger = faulty(held)
        assert component.step({})["code"] == [1]
        assert (component.signature, component.state()["at"]) == ("signature", [1])
        component.undo()
        assert component.state()["at"] == [0]
        component.step({})
        component.reset()
        assert (component.state()["at"], trigger.hits) == ([0], 0)


def test_it_raises_before_it_does_anything():
    component, trigger = faulty(fault("raises"))
    with pytest.raises(InjectedError, match="injected by the case"):
        component.step({})
    assert (component.state()["at"], trigger.hits) == ([0], 1)


def test_only_numbers_with_a_point_become_none():
    component, trigger = faulty(fault("nan"))
    outputs = component.step({})
    assert np.isnan(outputs["sound"]).all()
    assert (outputs["code"], outputs["sound"].dtype, trigger.hits) == ([1], np.float32, 1)


def test_it_hangs_once_and_says_when_that_was_over():
    component, trigger = faulty(fault("hangs", lasts_ms=30.0))
    begun = now_ns()
    assert component.step({})["code"] == [1]
    assert trigger.ended_ns is not None
    assert trigger.ended_ns - begun >= 30_000_000
    ended = trigger.ended_ns
    component.step({})
    assert (trigger.ended_ns, trigger.hits) == (ended, 1)


def test_a_hang_without_an_end_has_none():
    component, trigger = faulty(fault("hangs"))
    thread = threading.Thread(target=component.step, args=({},), daemon=True)
    thread.start()
    thread.join(timeout=0.1)
    assert thread.is_alive()
    assert (trigger.hits, trigger.ended_ns) == (1, None)


def test_another_fault_is_counted_anew_and_the_same_goes_on():
    first, second = fault("raises"), fault("raises")
    component, trigger = faulty(first)
    for held, hits in ((first, 1), (first, 2), (second, 1), (None, 0)):
        trigger.arm(held)
        if held is not None:
            with pytest.raises(InjectedError):
                component.step({})
        assert trigger.hits == hits


def test_the_components_that_can_give_nan_are_those_with_floats():
    components = build_model(TINY, seed=0).components()
    floats = {
        name
        for name, component in components.items()
        if any(np.dtype(spec.dtype).kind == "f" for spec in component.signature().outputs)
    }
    assert floats == set(OF_NUMBERS)
