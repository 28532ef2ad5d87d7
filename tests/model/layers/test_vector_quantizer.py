"""Quantisers against exhaustive search."""

from __future__ import annotations

import pytest
import torch

from josie_bench.model.layers.vector_quantizer import ResidualQuantizer, SplitQuantizer


def test_each_level_takes_the_nearest_entry_of_what_is_left():
    torch.manual_seed(0)
    quantizer = ResidualQuantizer(dim=6, code_dim=4, codebooks=3, card=16).double()
    latent = torch.randn(1, 20, 6, dtype=torch.float64)
    codes = quantizer.encode(latent)
    rest = quantizer.inward(latent).float()
    for level in range(3):
        book = quantizer.codebooks[level].float()
        nearest = torch.cdist(rest, book[None]).argmin(-1)
        assert torch.equal(codes[..., level], nearest)
        rest = rest - book[nearest]


def test_the_search_is_fp32_even_for_half_precision_latents():
    torch.manual_seed(0)
    quantizer = ResidualQuantizer(dim=6, code_dim=4, codebooks=2, card=64)
    latent = torch.randn(1, 50, 6)
    half = quantizer.bfloat16().encode(latent.bfloat16())
    expected = (
        (quantizer.inward(latent.bfloat16()).float()[..., None, :] - quantizer.codebooks[0].float()).square().sum(-1)
    )
    assert torch.equal(half[..., 0], expected.argmin(-1))


def test_readings_differ_in_what_the_acoustic_codes_quantise():
    torch.manual_seed(0)
    residual = SplitQuantizer(dim=8, code_dim=4, codebooks=4, card=32, reading="residual")
    parallel = SplitQuantizer(dim=8, code_dim=4, codebooks=4, card=32, reading="parallel")
    parallel.load_state_dict(residual.state_dict())
    latent = torch.randn(2, 30, 8)
    left, right = residual.encode(latent), parallel.encode(latent)
    assert left.shape == (2, 4, 30)
    assert torch.equal(left[:, 0], right[:, 0])
    assert not torch.equal(left[:, 1:], right[:, 1:])
    rest = latent - residual.semantic.decode(left[:, :1].transpose(1, 2))
    assert torch.equal(left[:, 1:], residual.acoustic.encode(rest).transpose(1, 2))


def test_decoding_sums_the_entries():
    quantizer = SplitQuantizer(dim=8, code_dim=4, codebooks=3, card=16, reading="residual")
    codes = torch.randint(0, 16, (1, 3, 5))
    books, out = quantizer.acoustic.codebooks, quantizer.acoustic.outward.weight
    first = quantizer.semantic.codebooks[0][codes[0, 0, 2]] @ quantizer.semantic.outward.weight.T
    rest = (books[0][codes[0, 1, 2]] + books[1][codes[0, 2, 2]]) @ out.T
    torch.testing.assert_close(quantizer.decode(codes)[0, 2], first + rest)


READINGS = ("residual", "parallel", "single")


@pytest.fixture(params=READINGS)
def split(request):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return SplitQuantizer(dim=8, code_dim=4, codebooks=4, card=32, reading=request.param)


def drawn(*shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(1))


def test_a_training_gets_the_codes_and_latents_that_inference_gets(split):
    latent = drawn(3, 20, 8)
    told = split.quantize(latent, torch.full((3,), 4))
    codes = torch.cat([part.codes for part in told]).transpose(0, 1)
    assert torch.equal(codes, split.encode(latent))
    torch.testing.assert_close(sum(part.latent for part in told), split.decode(codes))


@pytest.mark.parametrize("levels", [1, 2, 3])
def test_levels_that_do_not_count_add_nothing(split, levels):
    """As if their entries were zero, each session by itself."""
    latent = drawn(2, 20, 8)
    told = split.quantize(latent, torch.tensor([levels, 4]))
    codes = split.encode(latent)
    expected = [split.decode(codes)[1]]
    with torch.no_grad():
        for at, chain in enumerate(split.chains):
            chain.codebooks[max(levels - at, 0) :] = 0.0
    expected.insert(0, split.decode(codes)[0])
    torch.testing.assert_close(sum(part.latent for part in told), torch.stack(expected))


def test_gradients_go_straight_through_the_entries_and_not_into_them(split):
    """By hand for the first chain: the gradient of a sum through outward and inward is 1ᵀ · outward · inward."""
    latent = drawn(2, 5, 8).requires_grad_()
    split.quantize(latent, torch.tensor([4, 4]))[0].latent.sum().backward()
    first = split.chains[0]
    expected = torch.ones(8) @ first.outward.weight @ first.inward.weight
    torch.testing.assert_close(latent.grad, expected.expand(2, 5, 8))
    assert first.codebooks.grad is None


def test_commitment_is_the_distance_up_to_each_level():
    quantizer = ResidualQuantizer(dim=6, code_dim=4, codebooks=3, card=16)
    latent = drawn(2, 7, 6)
    told = quantizer.quantize(latent, torch.tensor([3, 1]))
    wide, codes = quantizer.inward(latent), quantizer.encode(latent)
    missed = []
    for session, levels in ((0, 3), (1, 1)):
        for level in range(levels):
            total = sum(quantizer.codebooks[at][codes[session, :, at]] for at in range(level + 1))
            missed.append((wide[session] - total).square().mean())
    torch.testing.assert_close(told.commitment, sum(missed) / (2 * 3))
    assert torch.equal(told.rests[0], wide)
    torch.testing.assert_close(told.rests[1], wide - quantizer.codebooks[0][codes[..., 0]])


def test_an_autocast_leaves_the_search_alone():
    quantizer = ResidualQuantizer(dim=6, code_dim=4, codebooks=3, card=256)
    latent = drawn(2, 200, 6)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        told = quantizer.quantize(latent, torch.tensor([3, 3]))
    rest = told.rests[0]
    for level, book in enumerate(quantizer.codebooks):
        assert torch.equal(told.codes[level], torch.cdist(rest, book[None]).argmin(-1))
        rest = rest - book[told.codes[level]]
