"""Slots of a batch: each does what a session of its own would do, whatever the others do."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from josie_bench.backends import EngineSource
from josie_bench.backends import onnxruntime as member
from josie_bench.engines.export import export_component
from josie_bench.model.presets import MIMI_24K, TINY
from josie_bench.model.sizes import COMPONENTS
from josie_bench.model.slots import Slotted
from josie_bench.model.weights import build_meta_model, build_model

SLOTS = 3
SIZES = {"batch": SLOTS, "frames": 2, "time": 3, "tokens": 4}


@pytest.fixture(scope="module")
def model():
    return build_model(TINY, seed=3).double()


def inputs_of(component, seed):
    """Return random inputs of a whole batch, by name."""
    draw = torch.Generator().manual_seed(seed)
    named = {}
    for spec in component.inputs:
        shape = spec.shape(SIZES)
        is_float = spec.dtype == "float32"
        named[spec.name] = (
            torch.randn(shape, generator=draw, dtype=torch.float64)
            if is_float
            else torch.randint(0, 2, shape, generator=draw)
        )
    return named


def double_state(component, batch):
    return tuple(t.double() if t.is_floating_point() else t for t in component.zero_state(batch))


mask = st.lists(st.booleans(), min_size=SLOTS, max_size=SLOTS)
plans = st.lists(st.tuples(mask, mask), min_size=1, max_size=12)


@pytest.mark.parametrize("name", COMPONENTS)
@settings(max_examples=10)
@given(plan=plans)
def test_each_slot_does_what_a_session_of_its_own_does(model, name, plan):
    component = model.component(name)
    slotted = Slotted(component)
    state = double_state(component, SLOTS)
    alone = [double_state(component, 1) for _ in range(SLOTS)]
    for step, (reset, running) in enumerate(plan):
        named = inputs_of(component, step)
        masks = (torch.tensor(reset), torch.tensor(running))
        before = state
        outputs, *state = slotted(*named.values(), *masks, *before)
        for slot in range(SLOTS):
            if not running[slot]:
                assert_stands_still(slotted, slot, before, state, is_reset=reset[slot])
            if reset[slot]:
                alone[slot] = double_state(component, 1)
            if running[slot]:
                expected, *alone[slot] = component(*(t[slot : slot + 1] for t in named.values()), *alone[slot])
                torch.testing.assert_close(outputs[slot : slot + 1], expected, rtol=0, atol=1e-12)


def assert_stands_still(slotted, slot, before, after, *, is_reset):
    """Compare a slot's state around a step: nothing that is ever read differs, or all but the rings is zero."""
    for spec, old, new in zip(slotted.signature().state, before, after, strict=True):
        is_ring = spec.name in slotted._ring_names
        expected, got = old[slot], new[slot]
        if is_ring:  # [heads, places, head_dim]; the last place is the spare one
            expected, got = expected[:, :-1], got[:, :-1]
        elif is_reset:
            expected = torch.zeros_like(expected)
        assert torch.equal(got, expected), spec.name


def test_rings_are_handed_on_and_not_copied(model):
    """What makes slots cheap: only small tensors pass through a choice."""
    slotted = Slotted(model.temporal_transformer)
    rings = slotted._ring_names
    assert len(rings) == 2 * TINY.temporal.layers
    small = [spec for spec in slotted.signature().state if spec.name not in rings]
    assert sum(spec.byte_count({"batch": 1}) for spec in small) < 1000


def test_a_slotted_component_says_what_it_takes():
    slotted = Slotted(build_meta_model(MIMI_24K).audio_encoder)
    assert [spec.name for spec in slotted.signature().inputs] == ["audio", "reset", "running"]
    assert slotted.signature().state == slotted.component.signature().state


def test_the_exported_graph_has_slots_too(tmp_path):
    pytest.importorskip("onnxruntime")
    slotted = Slotted(build_model(TINY, seed=3).temporal_transformer)
    export_component(slotted, tmp_path / "engine.onnx")
    engine = member.load(
        EngineSource(
            component="temporal_transformer",
            signature=slotted.signature(),
            folder=tmp_path,
            module=None,
            threads=1,
            batch=SLOTS,
        )
    )
    state = slotted.zero_state(SLOTS)
    for step in range(8):
        running = torch.tensor([True, step % 2 == 0, step != 3])
        masks = {"reset": torch.tensor([step == 5, False, False]), "running": running}
        named = inputs_of(slotted.component, step) | masks
        with torch.no_grad():
            expected, *state = slotted(*named.values(), *state)
        got = engine.step({name: tensor.numpy() for name, tensor in named.items()})["hidden"]
        np.testing.assert_allclose(got[running], expected[running], atol=2e-5)
