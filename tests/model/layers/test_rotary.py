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


def exact_angle(position: int, index: int, head_dim: int, base: float = 1e4) -> float:
    """Return p · base^(−2i/d) in the interpreter's 64 bits."""
    return position * base ** (-2 * index / head_dim)


@pytest.mark.parametrize("position", [1, 799, 3000, 12_000, 24_000])
def test_float32_turns_well_for_as_long_as_a_conversation_lasts(position):
    """24,000 is the codec's last position in ten minutes. A frequency and its product are each rounded by 2⁻²⁴."""
    cosine, sine = (part.flatten()[:8] for part in Rotary(16)(torch.tensor([[[position]]])))
    for index in range(8):
        angle = exact_angle(position, index, 16)
        off_by_at_most = angle * 2**-22 + 2**-22
        assert float(cosine[index]) == pytest.approx(math.cos(angle), abs=off_by_at_most)
        assert float(sine[index]) == pytest.approx(math.sin(angle), abs=off_by_at_most)
    assert exact_angle(24_000, 0, 16) * 2**-22 < 0.006, "a third of a degree at the highest frequency"


def test_two_neighbours_turn_apart_by_what_they_should_late_in_a_conversation():
    """Attention sees differences: what they are off by grows with the position, not with the distance."""
    rotary = Rotary(16)

    def worst(begin: int) -> float:
        places = torch.arange(begin, begin + 1000)[None, :, None]
        cosine, sine = (part[0, 0, :, :8].double() for part in rotary(places))
        angle = torch.atan2(sine, cosine)
        apart = torch.remainder(angle[1:] - angle[:-1] + math.pi, 2 * math.pi) - math.pi
        expected = torch.tensor([exact_angle(1, index, 16) for index in range(8)]).double()
        expected = torch.remainder(expected + math.pi, 2 * math.pi) - math.pi
        return float((apart - expected).abs().max())

    assert worst(0) < 1e-4
    assert worst(23_000) < 1e-3
    assert worst(2**22) > 0.01, "where the codec gets in 29 hours"


def test_float32_stops_telling_positions_apart_above_two_to_the_24():
    rotary, last = Rotary(2), 2**24
    assert torch.tensor(last - 1).float() != torch.tensor(last).float() == torch.tensor(last + 1).float()
    before, at, after = rotary(torch.tensor([[[last - 1], [last], [last + 1]]]))[0][0, 0, :, 0].tolist()
    assert before != at == after
