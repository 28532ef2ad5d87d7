"""Codebooks: what they begin with, what they follow, and that their averages outlast a checkpoint."""

from __future__ import annotations

import pytest
import torch

from josie_bench.model.layers.vector_quantizer import Quantized, ResidualQuantizer, SplitQuantizer, nearest
from josie_bench.training.codebooks import DECAY, REBORN, CodebookAverages, SplitAverages


@pytest.fixture
def draw():
    return torch.Generator().manual_seed(0)


def plain_chain(entries):
    """Return a chain whose maps are identities and whose levels `[levels, card, dim]` are given."""
    levels, card, dim = entries.shape
    chain = ResidualQuantizer(dim=dim, code_dim=dim, codebooks=levels, card=card)
    for part in (chain.inward.weight, chain.outward.weight):
        part.data.copy_(torch.eye(dim))
    chain.codebooks.data.copy_(entries)
    return chain


def split(reading="residual", dim=6):
    return SplitQuantizer(dim=dim, code_dim=4, codebooks=3, card=16, reading=reading)


def fallen(rests, codes):
    """Return what a quantiser of one level would tell of `rests` `[frames, dim]`."""
    rests = torch.tensor(rests)
    return Quantized(
        latent=rests[None], rests=rests[None, None], codes=torch.tensor(codes)[None, None], commitment=torch.tensor(0.0)
    )


def clusters(draw, *, each=100):
    """Return items about the corners of a square, some tenths wide."""
    corners = torch.tensor([[-10.0, -10.0], [-10.0, 10.0], [10.0, -10.0], [10.0, 10.0]])
    return corners.repeat(each, 1) + 0.1 * torch.randn(4 * each, 2, generator=draw)


def test_an_entry_follows_the_mean_of_what_falls_on_it(draw):
    averages = CodebookAverages(plain_chain(torch.tensor([[[0.0, 0.0], [10.0, 10.0]]])))
    averages.follow(fallen([[1.0, 0.0], [0.0, 2.0], [10.0, 13.0]], [0, 0, 1]), draw)
    # 0.98 of a count of one and the entry itself, 0.02 of what fell
    first = torch.tensor([0.02 * 1, 0.02 * 2]) / (0.98 + 0.02 * 2)
    second = torch.tensor([0.98 * 10 + 0.02 * 10, 0.98 * 10 + 0.02 * 13]) / (0.98 + 0.02)
    assert torch.allclose(averages.quantizer.codebooks[0], torch.stack((first, second)))
    assert averages.count[0].tolist() == pytest.approx([1.02, 1.0])


def test_an_entry_comes_to_rest_where_things_fall(draw):
    averages = CodebookAverages(plain_chain(torch.tensor([[[0.0, 0.0], [10.0, 10.0]]])))
    for _ in range(400):
        averages.follow(fallen([[3.0, 1.0], [5.0, 1.0], [10.0, 10.0]], [0, 0, 1]), draw)
    assert torch.allclose(averages.quantizer.codebooks[0, 0], torch.tensor([4.0, 1.0]), atol=0.01)


def test_each_level_follows_what_was_left_for_it(draw):
    chain = plain_chain(torch.tensor([[[8.0]], [[1.0]]]))
    averages = CodebookAverages(chain)
    found = chain.quantize(torch.full((1, 4, 1), 10.0), torch.tensor([2]))
    averages.follow(found, draw)
    # 10 falls on the first, the 2 it leaves on the second; four of each
    assert chain.codebooks[:, 0, 0].tolist() == pytest.approx(
        [(0.98 * 8 + 0.02 * 40) / (0.98 + 0.08), (0.98 * 1 + 0.02 * 8) / (0.98 + 0.08)]
    )


def test_an_entry_on_which_nothing_falls_begins_anew_at_something_that_came(draw):
    averages = CodebookAverages(plain_chain(torch.tensor([[[0.0, 0.0], [500.0, 500.0]]])))
    averages.count[0, 1] = 0.01
    averages.follow(fallen([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [0.0, 0.0]], [0, 0, 0, 0]), draw)
    reborn = averages.quantizer.codebooks[0, 1].tolist()
    assert reborn in [[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [0.0, 0.0]]
    assert averages.count[0, 1] == pytest.approx(4 / 2 * REBORN)


def test_an_entry_that_is_used_lives(draw):
    averages = CodebookAverages(plain_chain(torch.tensor([[[0.0], [9.0]]])))
    for _ in range(200):
        averages.follow(fallen([[0.0]] * 19 + [[9.0]], [0] * 19 + [1]), draw)
    assert averages.quantizer.codebooks[0, :, 0].tolist() == pytest.approx([0, 9])
    assert averages.count[0].tolist() == pytest.approx([19, 1], rel=DECAY**200 + 1e-3)


def test_codebooks_begin_at_clusters_that_lie_well_apart(draw):
    items = clusters(draw)
    averages = CodebookAverages(plain_chain(torch.zeros(2, 16, 2)))
    said = averages.begin(items, draw)
    first = averages.quantizer.codebooks[0]
    assert (items - first[nearest(items, first)]).norm(dim=1).max() < 0.6
    assert torch.allclose(said, items, atol=0.3)
    assert averages.count.sum(1).tolist() == pytest.approx([1024 + 1.6] * 2)
    assert torch.allclose(averages.total, averages.quantizer.codebooks * averages.count[..., None])


def test_a_mean_is_that_of_its_cluster():
    draw = torch.Generator().manual_seed(2)  # begins with one item of each cluster
    items = clusters(draw)
    averages = CodebookAverages(plain_chain(torch.zeros(1, 4, 2)))
    averages.begin(items, draw)
    wanted = torch.stack([items[corner::4].mean(0) for corner in range(4)])
    found = averages.quantizer.codebooks[0]
    assert torch.allclose(found[nearest(wanted, found)], wanted, atol=1e-5)


def test_fewer_items_than_entries_are_enough_to_begin(draw):
    averages = CodebookAverages(plain_chain(torch.zeros(2, 16, 2)))
    items = torch.randn(5, 2, generator=draw)
    assert torch.allclose(averages.begin(items, draw), items, atol=1e-5)


def test_maps_that_were_opened_undo_each_other():
    averages = SplitAverages(split())
    averages.open()
    for chain in averages.chains:
        assert torch.allclose(chain.quantizer.inward.weight @ chain.quantizer.outward.weight, torch.eye(4), atol=1e-5)
    latent = torch.randn(2, 3, 6)
    once = averages.through(latent)
    assert torch.allclose(averages.through(once), once, atol=1e-5)


@pytest.mark.parametrize("reading", ["residual", "parallel", "single"])
def test_begin_keeps_the_learnt_map_and_lets_all_chains_undo_it(reading, draw):
    averages = SplitAverages(split(reading))
    learnt = averages.chains[-1].quantizer.inward.weight.detach().clone()
    averages.begin(torch.randn(64, 6, generator=draw), draw)
    for chain in averages.chains:
        assert torch.equal(chain.quantizer.inward.weight, learnt)
        assert torch.allclose(learnt @ chain.quantizer.outward.weight, torch.eye(4), atol=1e-5)


@pytest.mark.parametrize("reading", ["residual", "single"])
def test_more_codes_say_more_of_what_they_began_with(reading, draw):
    quantizer = split(reading)
    averages = SplitAverages(quantizer)
    averages.open()
    latent = averages.through(torch.randn(8, 16, 6, generator=draw)).detach()
    averages.begin(latent.flatten(0, 1), draw)
    missed = [
        (sum(part.latent for part in quantizer.quantize(latent, torch.full((8,), levels))) - latent).norm().item()
        for levels in (1, 2, 3)
    ]
    assert missed == sorted(missed, reverse=True)
    assert missed[-1] < 0.5 * latent.norm()


def test_both_chains_of_a_parallel_quantiser_begin_from_the_whole(draw):
    averages = SplitAverages(split("parallel"))
    latent = torch.randn(64, 6, generator=draw) + 5
    averages.begin(latent, draw)
    semantic, acoustic = (chain.quantizer.codebooks[0].mean(0) for chain in averages.chains)
    centre = averages.chains[0].quantizer.inward(latent).mean(0)
    assert torch.allclose(semantic, centre, atol=1.0)
    assert torch.allclose(acoustic, centre, atol=1.0)


def test_following_both_chains_moves_both(draw):
    quantizer = split()
    averages = SplitAverages(quantizer)
    before = [chain.codebooks.detach().clone() for chain in quantizer.chains]
    averages.follow(quantizer.quantize(torch.randn(4, 8, 6, generator=draw), torch.full((4,), 3)), draw)
    assert not any(torch.equal(old, chain.codebooks) for old, chain in zip(before, quantizer.chains, strict=True))


def test_a_checkpoint_holds_the_averages_and_no_gradient_reaches_an_entry():
    quantizer = split()
    averages = SplitAverages(quantizer)
    assert {name for name, _ in averages.named_buffers()} == {
        "kept.0.count", "kept.0.total", "kept.1.count", "kept.1.total",
    }  # fmt: skip
    assert not any(chain.codebooks.requires_grad for chain in quantizer.chains)
