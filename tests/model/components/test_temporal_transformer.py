"""The modality mask M (paper section 6.1): what a kind of position is told of, and what it is not."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from josie_bench.model.components.temporal_transformer import TemporalTransformer, with_guests
from josie_bench.model.presets import TINY
from josie_bench.model.sizes import GuestSizes

TABLES = [((a, b), (c, d)) for a, b, c, d in product((True, False), repeat=4)]
RINGS = (4, 3, 2)  # small, so that streams outlive them
CUTS = ([14], [1] * 14, [3, 1, 5, 5])


def make_transformer(table, layers, guests=0):
    """Return a temporal transformer in float64; its guest, if any, has one codebook."""
    rings = {"frame_ring": RINGS[0], "vision_ring": RINGS[1]}
    temporal = replace(TINY.temporal, layers=layers, visibility=table, **rings)
    guest = GuestSizes(name="touch", codebooks=1, card=8, ring=RINGS[2])
    sizes = replace(TINY, temporal=temporal, guests=(guest,) * guests)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(6)
        return TemporalTransformer(sizes).double().requires_grad_(requires_grad=False)


def variations(component, kinds):
    """Return the inputs of a session and of as many more, each with its own position's tokens changed."""
    draw, length = torch.Generator().manual_seed(0), len(kinds)
    kind = torch.tensor(kinds)
    named = {"kind": kind, "positions": torch.arange(length)[:, None].repeat(1, 3)}
    batch = {name: tensor.repeat(1 + length, *(1 for _ in tensor.shape)) for name, tensor in named.items()}
    for number, name in enumerate(("tokens", "vision", "touch")):
        if name not in {spec.name for spec in component.inputs}:
            continue
        streams = next(spec for spec in component.inputs if spec.name == name).axes[-1]
        ids = torch.randint(0, 4, (length, streams), generator=draw)
        sessions = ids.repeat(1 + length, 1, 1)
        for place in range(length):
            sessions[1 + place, place] = 7 - ids[place]
        batch[name] = torch.where((kind == number)[:, None], sessions, -1)
    return batch


def told(component, kinds, cuts):
    """Return bool `[time, time]`: whether the row's output changes with the column's input."""
    batch = variations(component, kinds)
    state = [t.double() if t.is_floating_point() else t for t in component.zero_state(1 + len(kinds))]
    outputs, at = [], 0
    for count in cuts:
        step = [batch[spec.name][:, at : at + count] for spec in component.inputs]
        if not step[0].shape[1]:
            break
        out, *state = component(*step, *state)
        outputs.append(out)
        at += count
    hidden = torch.cat(outputs, dim=1)
    assert hidden.isfinite().all()
    return ((hidden[1:] - hidden[0]).abs().amax(-1) > 1e-12).T


def visible(kinds, table):
    """Return bool `[time, time]`: the row's attention may look at the column; every position sees itself."""
    seen = torch.eye(len(kinds), dtype=torch.bool)
    for row in range(len(kinds)):
        for column in range(row):
            later = kinds[column + 1 : row + 1].count(kinds[column])
            seen[row, column] = table[kinds[row]][kinds[column]] and later < RINGS[kinds[column]]
    return seen


def through(seen, layers):
    """Return what reaches whom in as many layers: along a chain, and what a position holds it keeps."""
    reach = torch.eye(len(seen))
    for _ in range(layers):
        reach = seen.float() @ reach
    return reach > 0


@pytest.mark.parametrize("table", TABLES, ids=str)
@settings(max_examples=12)
@given(kinds=st.lists(st.integers(0, 1), min_size=14, max_size=14), cuts=st.sampled_from(CUTS))
def test_a_kind_is_told_of_a_kind_if_and_only_if_the_table_says_so(table, kinds, cuts):
    """One layer, so that nothing comes round by a third position."""
    assert torch.equal(told(make_transformer(table, layers=1), kinds, cuts), visible(kinds, table))


@pytest.mark.parametrize("table", TABLES, ids=str)
@settings(max_examples=6)
@given(kinds=st.lists(st.integers(0, 1), min_size=14, max_size=14), layers=st.integers(2, 3))
def test_more_layers_tell_what_a_chain_of_positions_tells(table, kinds, layers):
    got = told(make_transformer(table, layers=layers), kinds, [14])
    assert torch.equal(got, through(visible(kinds, table), layers))


@pytest.mark.parametrize("table", TABLES, ids=str)
@settings(max_examples=8)
@given(kinds=st.lists(st.integers(0, 2), min_size=14, max_size=14), cuts=st.sampled_from(CUTS))
def test_a_guest_sees_all_and_is_seen_by_all(table, kinds, cuts):
    seen = visible(kinds, ((*table[0], True), (*table[1], True), (True, True, True)))
    assert torch.equal(told(make_transformer(table, layers=1, guests=1), kinds, cuts), seen)


def test_two_guests_widen_the_table_by_two_and_none_leaves_it():
    assert with_guests(((True, False), (False, True)), 2) == (
        (True, False, True, True), (False, True, True, True), (True,) * 4, (True,) * 4,
    )  # fmt: skip
    assert all(with_guests(table, 0) == table for table in TABLES)


def test_a_kind_that_sees_none_of_its_kind_still_sees_itself():
    """Else its attention has nothing to look at, and one such position makes all later ones not-a-number."""
    nobody = ((False, False), (False, False))
    assert torch.equal(told(make_transformer(nobody, layers=2), [0, 1, 1, 0], [4]), torch.eye(4, dtype=torch.bool))
