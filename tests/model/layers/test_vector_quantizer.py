"""Quantisers against exhaustive search."""

from __future__ import annotations

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
