"""Rings that grow give what whole ones give, and hold no more than twice what came."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from josie_bench.model.layers.growing_rings import GrowingRings
from josie_bench.model.presets import TINY
from josie_bench.model.weights import build_model
from josie_bench.terms.allocation import FIRST_POSITIONS

WIDE = replace(TINY, temporal=replace(TINY.temporal, frame_ring=200, vision_ring=90))
FRAME, VISION = 0, 1


def temporal():
    return build_model(WIDE).component("temporal_transformer").double()


def drawn(kinds, seed, batch=1):
    """Return the inputs of one step with positions of these kinds."""
    draw = torch.Generator().manual_seed(seed)
    component = build_model(WIDE).component("temporal_transformer")
    found = []
    for spec in component.inputs:
        shape = spec.shape({"batch": batch, "time": len(kinds)})
        if spec.name == "kind":
            found.append(torch.tensor(kinds).expand(batch, -1))
        elif spec.dtype == "int64":
            found.append(torch.randint(0, 4, shape, generator=draw))
        else:
            found.append(torch.randn(shape, generator=draw, dtype=torch.float64))
    return found


def wide_state(component, batch=1):
    return tuple(t.double() if t.is_floating_point() else t for t in component.zero_state(batch))


def step_growing(component, rings, inputs, state):
    """Return outputs and state of a step, taken again as often as the rings were too small."""
    outputs = len(component.outputs)
    results = component(*inputs, *state)
    while (larger := rings.enlarged(state, results[outputs:])) is not None:
        state = larger
        results = component(*inputs, *state)
    return results[:outputs], results[outputs:]


def held_rows(component, state):
    names = [spec.name for spec in component.signature().state]
    return dict(zip(names, state, strict=True))


@pytest.mark.parametrize("batch", [1, 3])
def test_growing_rings_give_what_whole_rings_give_past_the_wrap_of_both(batch):
    whole, small = temporal(), temporal()
    rings = GrowingRings(small)
    one, other = wide_state(whole, batch), wide_state(small, batch)
    windows = [[VISION] * 7 + [FRAME] * 5, [FRAME] * 40, [FRAME], [VISION] * 30 + [FRAME] * 3] * 7
    with torch.inference_mode():
        for seed, kinds in enumerate(windows):
            inputs = drawn(kinds, seed, batch)
            results = whole(*inputs, *one)
            expected, one = results[: len(whole.outputs)], results[len(whole.outputs) :]
            got, other = step_growing(small, rings, inputs, other)
            for mine, theirs in zip(got, expected, strict=True):
                torch.testing.assert_close(mine, theirs, rtol=0, atol=1e-9)
    assert held_rows(small, other)["temporal.clock.count"].tolist() == [[343, 259]] * batch
    assert small.clock.capacities == whole.clock.capacities == (200, 90)
    for mine, theirs in zip(other, one, strict=True):
        assert mine.shape == theirs.shape
        torch.testing.assert_close(mine[..., :-1, :], theirs[..., :-1, :], rtol=0, atol=1e-9)


def test_a_ring_has_room_for_less_than_twice_what_came_and_only_the_full_kind_grows():
    component = temporal()
    rings = GrowingRings(component)
    state = wide_state(component)
    assert component.clock.capacities == (FIRST_POSITIONS, FIRST_POSITIONS)
    with torch.inference_mode():
        _, state = step_growing(component, rings, drawn([FRAME] * 32, 0), state)
        assert component.clock.capacities == (32, 32)
        _, state = step_growing(component, rings, drawn([FRAME], 1), state)
        assert component.clock.capacities == (64, 32)
        _, state = step_growing(component, rings, drawn([FRAME] * 100, 2), state)
    assert component.clock.capacities == (200, 32)
    assert held_rows(component, state)["temporal.clock.held"].shape == (1, 233)


def test_a_new_session_begins_small_again():
    component = temporal()
    rings = GrowingRings(component)
    with torch.inference_mode():
        step_growing(component, rings, drawn([FRAME] * 50, 0), wide_state(component))
    rings.shrink()
    sizes = {spec.name: spec.shape({"batch": 1}) for spec in component.signature().state}
    assert sizes["temporal.clock.held"] == (1, 65)
    assert all(shape[2] == 65 for name, shape in sizes.items() if name.endswith(".keys"))


def test_rings_that_are_small_already_stay_as_they_are():
    component = build_model(TINY).component("vision_encoder")
    GrowingRings(component)
    assert component.clock.capacities == (TINY.vision.ring,)


def test_a_component_without_rings_has_nothing_to_grow():
    component = build_model(TINY).component("depth_transformer")
    assert GrowingRings(component).enlarged((), ()) is None
