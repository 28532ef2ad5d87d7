"""Rings that grow on a device, done on the CPU: the bits of `eager`'s that grow, and never more state than is held.

That growing changes no answer is asked of every backend that can (`test_contract.py`).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from josie_bench.backends import EngineSource, eager, eager_cuda
from josie_bench.backends._device import Device
from josie_bench.conformance.backends import inputs_of
from josie_bench.model.layers.growing_rings import GrowingRings
from josie_bench.model.narrowed import at_precision
from josie_bench.model.presets import TINY
from josie_bench.model.sizes import COMPONENTS
from josie_bench.model.weights import build_model
from josie_bench.terms.allocation import DYNAMIC

WIDE = replace(TINY, temporal=replace(TINY.temporal, frame_ring=200))
HELD = "temporal.clock.held"


def source(component, precision="fp32"):
    module = at_precision(build_model(WIDE).component(component), precision)
    return EngineSource(
        component=component, signature=module.signature(), folder=None, module=lambda: module, threads=1,
        allocation=DYNAMIC, grow=GrowingRings,
    )  # fmt: skip


def pair(component="temporal_transformer", precision="fp32"):
    return eager.load(source(component, precision)), eager_cuda.load(source(component, precision), "cpu")


def frame(signature, seed):
    return inputs_of(signature, seed, {"batch": 1, "time": 1}) | {"kind": np.zeros((1, 1), np.int64)}


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_rings_grow_with_a_session_through_undo_and_begin_small_in_the_next(precision):
    """64 positions of 200 fill the first 32 twice; the step in which they grow can be taken back as any other."""
    expected, growing = pair(precision=precision)
    for _ in range(2):
        for seed in range(64):
            given = frame(expected.signature, seed)
            wanted, got = expected.step(given), growing.step(given)
            assert all(np.array_equal(got[name], array) for name, array in wanted.items())
            if seed in (31, 32, 33):
                expected.undo()
                growing.undo()
                wanted, got = expected.step(given), growing.step(given)
                assert all(np.array_equal(got[name], array) for name, array in wanted.items())
        assert growing.state(HELD)[HELD].shape == (1, 64 + 16 + 1)
        growing.reset()
        expected.reset()
        assert growing.state(HELD)[HELD].shape == (1, 32 + 16 + 1)
        assert not any(array.any() for array in growing.state().values())


@pytest.mark.parametrize("component", COMPONENTS)
def test_every_component_gives_the_reference_s_bits_where_outputs_stay_there(component):
    expected, growing = pair(component)
    for seed in range(12):
        given = inputs_of(expected.signature, seed)
        wanted, got = expected.step(given), growing.step_there(given)
        assert all(np.array_equal(np.asarray(got[name]), array) for name, array in wanted.items())


def test_state_is_never_made_at_its_full_size(monkeypatch):
    """What an allocator once had it keeps: rings that were whole for a moment would save nothing."""
    made = []
    zeros = Device.zeros

    def noted(device, specs, sizes):
        made.extend(spec.shape(dict(sizes)) for spec in specs if spec.name == HELD)
        return zeros(device, specs, sizes)

    monkeypatch.setattr(Device, "zeros", noted)
    _, growing = pair()
    for seed in range(40):
        growing.step(frame(growing.signature, seed))
    assert made == [(1, 32 + 16 + 1)] * 2 + [(1, 64 + 16 + 1)]


def test_what_is_bound_to_small_rings_is_let_go():
    _, growing = pair()
    for seed in range(40):
        growing.step(frame(growing.signature, seed))
    assert len(growing._bound) == 2  # either set of state


def test_one_size_of_rings_is_no_two_sessions_s():
    with pytest.raises(AssertionError, match="static allocation"):
        pair()[1].fork()
