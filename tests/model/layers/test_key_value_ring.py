"""Rings of several kinds against attention with a dense mask written out position by position."""

from __future__ import annotations

from itertools import product

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from josie_bench.model.layers.carry import Carry
from josie_bench.model.layers.key_value_ring import KeyValueRing, RingClock, single_kind

CAPACITIES = (5, 3)


def dense(query, key, value, kinds, visibility, capacities=CAPACITIES):
    """Recompute with plain loops: query i sees itself, and key j < i of a visible kind that is young enough."""
    out = torch.zeros_like(query)
    for i in range(len(kinds)):
        seen = [i]
        for j in range(i):
            later = sum(kinds[m] == kinds[j] for m in range(j + 1, i + 1))
            if visibility[kinds[i]][kinds[j]] and later < capacities[kinds[j]]:
                seen.append(j)
        weights = torch.softmax(query[i] @ key[seen].T / query.shape[-1] ** 0.5, dim=-1)
        out[i] = weights @ value[seen]
    return out


def drawn(length, seed=0):
    """Return queries, keys and values `[length, 4]`."""
    draw = torch.Generator().manual_seed(seed)
    return tuple(torch.randn(length, 4, generator=draw, dtype=torch.float64) for _ in range(3))


def run(three, kinds, cuts, visibility, capacities=CAPACITIES):
    """Return what the ring answers `[length, 4]`, and its state after each step."""
    clock = RingClock("clock", capacities, visibility)
    ring = KeyValueRing("ring", 1, 4, clock.slots)
    state = {
        s.name: torch.zeros(s.shape({"batch": 1}), dtype=torch.float64 if s.dtype == "float32" else torch.int64)
        for s in (*clock.state_specs(), *ring.state_specs())
    }
    out, states, at = [], [], 0
    for size in cuts:
        carry = Carry(state)
        part = slice(at, at + size)
        view = clock(torch.tensor(kinds[part])[None], carry)
        out.append(ring(*(tensor[None, None, part] for tensor in three), view, carry)[0, 0])
        state = {name: carry.new[name] for name in state}
        states.append(state)
        at += size
    return torch.cat(out), states


@st.composite
def cuts_of(draw, total):
    cuts = []
    while sum(cuts) < total:
        cuts.append(draw(st.integers(1, total - sum(cuts))))
    return cuts


ALL_SEE_ALL = ((True, True), (True, True))
TABLES = [((a, b), (c, d)) for a, b, c, d in product((True, False), repeat=4)]


@settings(max_examples=80)
@given(
    kinds=st.lists(st.integers(0, 1), min_size=1, max_size=24),
    visibility=st.sampled_from(TABLES),
    data=st.data(),
)
def test_any_cut_of_any_mixture_equals_dense_attention(kinds, visibility, data):
    three, cuts = drawn(len(kinds)), data.draw(cuts_of(len(kinds)))
    expected = dense(*three, kinds, visibility)
    torch.testing.assert_close(run(three, kinds, cuts, visibility)[0], expected, rtol=0, atol=1e-12)


@st.composite
def streams(draw):
    """Return capacities of one to three kinds, kinds in any order, and a table."""
    capacities = tuple(draw(st.lists(st.integers(1, 6), min_size=1, max_size=3)))
    count = len(capacities)
    kinds = draw(st.lists(st.integers(0, count - 1), min_size=1, max_size=30))
    row = st.tuples(*[st.booleans()] * count)
    return capacities, kinds, tuple(draw(row) for _ in range(count))


@settings(max_examples=80)
@given(stream=streams(), data=st.data())
def test_any_number_of_kinds_and_any_sizes_of_rings_equal_dense_attention(stream, data):
    capacities, kinds, visibility = stream
    three, cuts = drawn(len(kinds)), data.draw(cuts_of(len(kinds)))
    expected = dense(*three, kinds, visibility, capacities)
    got = run(three, kinds, cuts, visibility, capacities)[0]
    torch.testing.assert_close(got, expected, rtol=0, atol=1e-12)


@settings(max_examples=80)
@given(stream=streams(), data=st.data())
def test_a_ring_holds_the_last_of_its_kind_in_turn_however_the_stream_is_cut(stream, data):
    """The nth of a kind lies in slot n mod capacity of its region, with its own key and value."""
    capacities, kinds, visibility = stream
    three, cuts = drawn(len(kinds)), data.draw(cuts_of(len(kinds)))
    state = run(three, kinds, cuts, visibility, capacities)[1][-1]
    begins = 0
    for kind, capacity in enumerate(capacities):
        places = [place for place, other in enumerate(kinds) if other == kind]
        held = [0] * capacity
        for number, place in enumerate(places):
            held[number % capacity] = number + 1
            if len(places) - number <= capacity:
                slot = begins + number % capacity
                for part, tensor in zip(("keys", "values"), three[1:], strict=True):
                    assert torch.equal(state[f"ring.{part}"][0, 0, slot], tensor[place])
        assert state["clock.held"][0, begins : begins + capacity].tolist() == held
        assert state["clock.count"][0, kind] == len(places)
        begins += capacity
    assert state["clock.held"][0, begins:].tolist() == [0], "the slot for what is dropped holds nothing"


@settings(max_examples=40)
@given(still=st.integers(0, 1), first=st.integers(1, 5), rounds=st.integers(6, 40), data=st.data())
def test_a_ring_that_turns_leaves_one_that_does_not_as_it_was(still, first, rounds, data):
    """What came once stays in sight however often the other ring wraps round."""
    kinds = [still] * first + [1 - still] * rounds
    three, cuts = drawn(len(kinds)), data.draw(cuts_of(rounds))
    out, states = run(three, kinds, [first, *cuts], ALL_SEE_ALL)
    region = slice(0, CAPACITIES[0]) if still == 0 else slice(CAPACITIES[0], sum(CAPACITIES))
    for state in states[1:]:
        for name in ("clock.held", "ring.keys", "ring.values"):
            axis = 1 if name == "clock.held" else 2
            before, after = (one[name].narrow(axis, region.start, CAPACITIES[still]) for one in (states[0], state))
            assert torch.equal(before, after)
    torch.testing.assert_close(out, dense(*three, kinds, ALL_SEE_ALL), rtol=0, atol=1e-12)


@settings(max_examples=40)
@given(length=st.integers(1, 20), data=st.data())
def test_sessions_of_one_batch_may_bring_different_kinds(length, data):
    kinds = [data.draw(st.lists(st.integers(0, 1), min_size=length, max_size=length)) for _ in range(3)]
    clock = RingClock("clock", CAPACITIES)
    states = {s.name: torch.zeros(s.shape({"batch": 3}), dtype=torch.int64) for s in clock.state_specs()}
    together = Carry(states)
    view = clock(torch.tensor(kinds), together)
    for session, own in enumerate(kinds):
        alone = Carry({name: tensor[:1] for name, tensor in states.items()})
        only = clock(torch.tensor(own)[None], alone)
        for part in ("slot", "mask", "position"):
            assert torch.equal(getattr(view, part)[session], getattr(only, part)[0])
        assert all(torch.equal(together.new[name][session], alone.new[name][0]) for name in states)


def test_a_chunk_longer_than_the_ring_keeps_its_last_keys():
    kinds, three = [0] * 30, drawn(30, seed=1)
    expected = dense(*three, kinds, ALL_SEE_ALL)
    torch.testing.assert_close(run(three, kinds, [20, 1, 9], ALL_SEE_ALL)[0], expected, rtol=0, atol=1e-12)


def test_a_position_of_a_kind_that_sees_nothing_sees_itself():
    """Attention over nothing is not-a-number, and would make all that is computed from it so."""
    three, nobody = drawn(6), ((False, False), (False, False))
    torch.testing.assert_close(run(three, [0, 1, 1, 0, 0, 1], [1, 5], nobody)[0], three[2], rtol=0, atol=1e-12)


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
