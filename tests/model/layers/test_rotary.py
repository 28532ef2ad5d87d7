"""Rotary positions worked by hand."""

from __future__ import annotations

import math

import pytest
import torch

from josie_bench.model.layers.rotary import Rotary, rotate


def test_one_frequency_turns_a_pair_by_its_position():
    rotary = Rotary(2)
    turned = rotate(torch.tensor([[[[1.0, 0.0]]]]), *rotary(torch.tensor([[[3]]])))
    assert turned.flatten().tolist() == pytest.approx([math.cos(3.0), math.sin(3.0)])


def test_scores_depend_on_distance_alone():
    rotary = Rotary(8)
    draw = torch.Generator().manual_seed(0)
    query, key = (torch.randn(1, 1, 1, 8, generator=draw) for _ in range(2))

    def score(a: int, b: int) -> float:
        left = rotate(query, *rotary(torch.tensor([[[a]]])))
        right = rotate(key, *rotary(torch.tensor([[[b]]])))
        return float((left * right).sum())

    assert score(5, 2) == pytest.approx(score(105, 102), abs=1e-4)
    assert score(5, 2) != pytest.approx(score(5, 4), abs=1e-3)


def test_equal_positions_on_all_axes_are_plain_rope():
    plain, three = Rotary(16, base=1e4), Rotary(16, base=1e4, sections=(2, 3, 3))
    place = torch.tensor([[[7], [8]]])
    for a, b in zip(plain(place), three(place.expand(1, 2, 3)), strict=True):
        assert torch.equal(a, b)


def test_each_section_follows_its_own_axis():
    three = Rotary(16, sections=(2, 3, 3))
    here = three(torch.tensor([[[1, 2, 3]]]))[0].flatten()[:8]
    moved = three(torch.tensor([[[1, 9, 3]]]))[0].flatten()[:8]
    assert (here != moved).tolist() == [False] * 2 + [True] * 3 + [False] * 3


def test_sections_may_begin_with_the_highest_frequency_each():
    both = Rotary(8, sections=(2, 2), each_from_first=True)
    assert both.frequency.tolist() == pytest.approx([1.0, 0.01, 1.0, 0.01])
    assert Rotary(8, sections=(2, 2)).frequency.tolist() == pytest.approx([1.0, 0.1, 0.01, 0.001])


def test_sections_must_cover_half_of_the_head():
    with pytest.raises(AssertionError):
        Rotary(16, sections=(2, 3))
