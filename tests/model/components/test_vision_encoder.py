"""The vision encoder against a plain recomputation, above all inter-frame attention, which no other project has."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from josie_bench.model.components.vision_encoder import InterFrameLayer, VisionEncoder
from josie_bench.model.layers.carry import Carry
from josie_bench.model.layers.key_value_ring import RingClock, single_kind
from josie_bench.model.layers.rotary import Rotary
from josie_bench.model.presets import TINY
from josie_bench.runtime.patches import patch_layout
from tests.model import plain_recomputation as plain
from tests.model.sharp_weights import sharpen

# Windows of one token, so that windows matter in small frames too; inter-frame attention behind layers 1 and 3.
SIZES = replace(TINY.vision, heads=4, layers=4, full_layers=(1, 2), window_tokens=1, inter_layers=2, ring=3)
EXACT = 1e-9


def drawn(length, *shape, seed=0):
    return torch.randn(length, *shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def make_encoder(sizes):
    """Return an encoder in float64 whose output is what its quantiser gets."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(4)
        encoder = VisionEncoder(sizes).double().requires_grad_(requires_grad=False)
    sharpen(encoder)
    encoder.quantizer.encode = lambda latent: latent
    return encoder


def double_zeros(specs):
    kinds = {"float32": torch.float64, "int64": torch.int64}
    return {spec.name: torch.zeros(spec.shape({"batch": 1}), dtype=kinds[spec.dtype]) for spec in specs}


def watched(shapes, sizes):
    """Return for each temporal patch, `(rows, columns)` of tokens, its patches, their places and their cells."""
    seen = []
    for number, (rows, columns) in enumerate(shapes):
        layout = patch_layout(rows, columns, sizes.merge, sizes.cells)
        grid, cell = torch.from_numpy(layout.grid[0]), torch.from_numpy(layout.cell[0])
        seen.append((drawn(len(cell), sizes.patch_dim, seed=number), grid, cell))
    return seen


def streamed(encoder, seen, cuts):
    """Return the tokens of each temporal patch; a step takes temporal patches of one resolution."""
    state, tokens, at = tuple(double_zeros(encoder.signature().state).values()), [], 0
    for count in cuts:
        part = seen[at : at + count]
        assert all(torch.equal(grid, part[0][1]) for _, grid, _ in part)
        patches = torch.stack([patches for patches, _, _ in part])[None]
        out, *state = encoder(patches, part[0][1][None], part[0][2][None], *state)
        tokens += out[0].unbind()
        at += count
    return tokens


def worst(got, expected):
    assert [a.shape for a in got] == [b.shape for b in expected]
    return max(float((a - b).abs().max()) for a, b in zip(got, expected, strict=True))


@pytest.mark.parametrize("m_rope", [True, False])
@pytest.mark.parametrize("cuts", [[10], [1] * 10, [2, 3, 4, 1]], ids=str)
@pytest.mark.parametrize(("rows", "columns"), [(2, 2), (3, 5), (4, 4), (1, 7)])
def test_tokens_are_the_plain_recomputation_s(rows, columns, cuts, m_rope):
    """Ten temporal patches, three times the ring; windows of 2 x 2 patches in two of the four intra-frame layers."""
    sizes = replace(SIZES, m_rope=m_rope)
    encoder = make_encoder(sizes)
    seen = watched([(rows, columns)] * 10, sizes)
    expected = plain.vision_latents(encoder.state_dict(), sizes, seen)
    assert worst(streamed(encoder, seen, cuts), expected) < EXACT


# Frames of one token are smaller than a grid of 4 x 4 cells; some steps begin with a shape, some go on with it.
CHANGES = [(2, 2)] * 3 + [(3, 5)] * 4 + [(1, 1)] * 2 + [(1, 7)] * 3 + [(1, 1)] * 5 + [(4, 3)] * 4 + [(2, 2)] * 3
CUTS = [2, 1, 4, 1, 1, 3, 5, 2, 1, 1, 1, 2]


@pytest.mark.parametrize("ring", [1, 3, 30])
@pytest.mark.parametrize("cells", [1, 2, 4, 5])
def test_a_place_keeps_its_past_when_the_resolution_changes(cells, ring):
    sizes = replace(SIZES, cells=cells, ring=ring)
    encoder = make_encoder(sizes)
    seen = watched(CHANGES, sizes)
    is_empty = [len(cell.unique()) < cells**2 for _, _, cell in seen]
    assert any(is_empty) == (cells > 2) and not all(is_empty)
    expected = plain.vision_latents(encoder.state_dict(), sizes, seen)
    assert worst(streamed(encoder, seen, CUTS), expected) < EXACT


def test_sessions_of_one_batch_may_look_at_different_shapes():
    """2 x 3 and 3 x 2 tokens are as many patches, in other places and cells."""
    encoder = make_encoder(SIZES)
    both = [watched([shape] * 4, SIZES) for shape in ((2, 3), (3, 2))]
    patches = torch.stack([torch.stack([patches for patches, _, _ in seen]) for seen in both])
    grid, cell = (torch.stack([seen[0][part] for seen in both]) for part in (1, 2))
    state = [torch.cat((zeros, zeros)) for zeros in double_zeros(encoder.signature().state).values()]
    got = encoder(patches, grid, cell, *state)[0]
    for session, seen in zip(got, both, strict=True):
        assert worst(list(session), plain.vision_latents(encoder.state_dict(), SIZES, seen)) < EXACT


def inter_frame(sizes):
    """Return one layer, and a function that streams pooled grids `[time, cells, dim]` through it in cuts."""
    clock = RingClock("clock", (sizes.ring,))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(5)
        layer = InterFrameLayer("layer", sizes, clock.slots).double().requires_grad_(requires_grad=False)
    sharpen(layer)
    time = Rotary(sizes.dim // sizes.heads).double()

    def stream(pooled, cuts):
        state, out = double_zeros((*clock.state_specs(), *layer.ring.state_specs())), []
        for part in pooled[None].split(cuts, dim=1):
            carry = Carry(state)
            view = clock(single_kind(part), carry)
            out.append(layer(part, time(view.position[..., None]), view, carry)[0])
            state = {name: carry.new[name] for name in state}
        return torch.cat(out)

    return layer, stream


@settings(max_examples=30)
@given(
    heads=st.sampled_from([1, 2, 4]),
    cells=st.integers(1, 3),
    ring=st.integers(1, 6),
    cuts=st.lists(st.integers(1, 9), min_size=1, max_size=6),
)
def test_inter_frame_attention_is_dense_attention_of_each_cell_over_its_band(heads, cells, ring, cuts):
    """Also where a step is longer than the ring."""
    sizes = replace(SIZES, heads=heads, cells=cells, ring=ring)
    layer, stream = inter_frame(sizes)
    pooled = drawn(sum(cuts), cells**2, sizes.dim)
    weights = {f"inter.{name}": tensor for name, tensor in layer.state_dict().items()}
    one_patch_each = [torch.arange(cells**2)] * len(pooled)
    expected = torch.stack(plain.over_time(weights, "inter", sizes, list(pooled), one_patch_each))
    assert (stream(pooled, cuts) - expected).abs().max() < EXACT


@settings(max_examples=30)
@given(ring=st.integers(1, 6), when=st.integers(0, 11), cell=st.integers(0, 3), data=st.data())
def test_a_place_is_told_of_its_own_past_alone_and_as_long_as_the_ring(ring, when, cell, data):
    _, stream = inter_frame(replace(SIZES, ring=ring))
    cuts = data.draw(st.sampled_from([[12], [1] * 12, [5, 2, 4, 1]]))
    pooled = drawn(12, 4, SIZES.dim)
    changed = pooled.clone()
    changed[when, cell] = drawn(1, SIZES.dim, seed=9)[0]
    differs = (stream(changed, cuts) - stream(pooled, cuts)).abs().amax(-1) > 1e-12
    expected = torch.zeros(12, 4, dtype=torch.bool)
    expected[when : when + ring, cell] = True
    assert torch.equal(differs, expected)


def test_a_cell_without_patches_has_a_place_in_the_ring_and_says_nothing():
    """By hand: an unseen cell has key and value zero, so its score is 0 and it only takes weight from what was seen."""
    sizes = replace(SIZES, heads=1, cells=1, ring=4)
    layer, stream = inter_frame(sizes)
    pooled = drawn(2, 1, sizes.dim)
    pooled[0] = 0.0
    normed = plain.rms_norm({"n.weight": layer.norm.weight}, "n", pooled[1])
    angle = torch.ones(1, 1).double() * plain.frequencies(sizes.dim // 2)
    query, key = (plain.turned((normed @ part.weight.T)[:, None], angle) for part in (layer.query, layer.key))
    score = float((query * key).sum()) / sizes.dim**0.5
    weight = 1 / (1 + torch.exp(torch.tensor(-score, dtype=torch.float64)))
    expected = weight * normed @ layer.value.weight.T @ layer.out.weight.T
    torch.testing.assert_close(stream(pooled, [1, 1])[1], expected, rtol=0, atol=1e-12)
