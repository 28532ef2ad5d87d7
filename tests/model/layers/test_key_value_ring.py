"""Rings of two kinds against attention with a dense mask written out position by position."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from josie_bench.model.layers.carry import Carry
from josie_bench.model.layers.key_value_ring import KeyValueRing, RingClock, single_kind

CAPACITIES = (5, 3)


def dense(query, key, value, kinds, visibility):
    """Recompute with plain loops: key j is seen by query i if j ≤ i, of a visible kind, and young enough."""
    out = torch.zeros_like(query)
    for i in range(len(kinds)):
        seen = []
        for j in range(i + 1):
            later = sum(kinds[m] == kinds[j] for m in range(j + 1, i + 1))
            if visibility[kinds[i]][kinds[j]] and later < CAPACITIES[kinds[j]]:
                seen.append(j)
        weights = torch.softmax(query[i] @ key[seen].T / query.shape[-1] ** 0.5, dim=-1)
        out[i] = weights @ value[seen]
    return out


def ringed(query, key, value, kinds, cuts, visibility):
    clock = RingClock("clock", CAPACITIES, visibility)
    ring = KeyValueRing("ring", 1, query.shape[-1], clock.slots)
    state = {
        s.name: torch.zeros(s.shape({"batch": 1}), dtype=torch.float64 if s.dtype == "float32" else torch.int64)
        for s in (*clock.state_specs(), *ring.state_specs())
    }
    out, at = [], 0
    for size in cuts:
        carry = Carry(state)
        view = clock(torch.tensor(kinds[at : at + size])[None], carry)
        part = slice(at, at + size)
        out.append(ring(query[None, None, part], key[None, None, part], value[None, None, part], view, carry)[0, 0])
        state = {name: carry.new[name] for name in state}
        at += size
    return torch.cat(out)


ALL_SEE_ALL = ((True, True), (True, True))
VISION_IS_BLIND = ((True, True), (False, True))


@settings(max_examples=40, deadline=None)
@given(
    kinds=st.lists(st.integers(0, 1), min_size=1, max_size=24),
    visibility=st.sampled_from([ALL_SEE_ALL, VISION_IS_BLIND]),
    data=st.data(),
)
def test_any_cut_of_any_mixture_equals_dense_attention(kinds, visibility, data):
    draw = torch.Generator().manual_seed(0)
    query, key, value = (torch.randn(len(kinds), 4, generator=draw, dtype=torch.float64) for _ in range(3))
    cuts = []
    while sum(cuts) < len(kinds):
        cuts.append(data.draw(st.integers(1, len(kinds) - sum(cuts))))
    expected = dense(query, key, value, kinds, visibility)
    torch.testing.assert_close(ringed(query, key, value, kinds, cuts, visibility), expected, rtol=0, atol=1e-12)


def test_a_chunk_longer_than_the_ring_keeps_its_last_keys():
    kinds = [0] * 30
    draw = torch.Generator().manual_seed(1)
    query, key, value = (torch.randn(30, 4, generator=draw, dtype=torch.float64) for _ in range(3))
    expected = dense(query, key, value, kinds, ALL_SEE_ALL)
    torch.testing.assert_close(ringed(query, key, value, kinds, [20, 1, 9], ALL_SEE_ALL), expected, rtol=0, atol=1e-12)


def test_positions_count_on_across_steps():
    clock = RingClock("clock", (4,))
    state = {s.name: torch.zeros(s.shape({"batch": 1}), dtype=torch.int64) for s in clock.state_specs()}
    places = []
    for _ in range(3):
        carry = Carry(state)
        places.append(clock(single_kind(torch.zeros(1, 3)), carry).position)
        state = dict(carry.new)
    assert torch.cat(places, dim=1).tolist() == [[0, 1, 2, 3, 4, 5, 6, 7, 8]]


@pytest.mark.parametrize("layer", [RingClock("c", (4,)), KeyValueRing("r", 2, 8, 5)])
def test_state_begins_as_zeros_of_known_shape(layer):
    for spec in layer.state_specs():
        assert spec.axes[0] == "batch"
        assert all(isinstance(axis, int) for axis in spec.axes[1:])
