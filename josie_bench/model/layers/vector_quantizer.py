"""Vector quantisers: plain, residual, and the split into a semantic and an acoustic stream (paper section 6.2).

The nearest code is argmin(|c|² − 2x·c), always in FP32: a BF16 search changes 10 % of all frames' codes.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from josie_bench.model.layers.norms import at_least_fp32, unrounded


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantized:
    """What a training is told of one chain of codebooks.

    Attributes:
        latent: what the entries stand for, `[batch, frames, dim]`; its gradient goes straight through to what came in.
        rests: what was left for each level to quantise, `[levels, batch, frames, code_dim]`, without gradient.
        codes: of each level, int64 `[levels, batch, frames]`.
        commitment: mean square distance from the sum of entries up to each level, over the levels that count.
    """

    latent: Tensor
    rests: Tensor
    codes: Tensor
    commitment: Tensor


def nearest(rest: Tensor, codebook: Tensor) -> Tensor:
    """Return the entry of `codebook` `[card, code_dim]` that is nearest to `rest` `[…, code_dim]`, int64 `[…]`."""
    distance = codebook.square().sum(-1) - 2.0 * rest @ codebook.T
    return distance.argmin(-1)


class ResidualQuantizer(nn.Module):
    """Codebooks in sequence, each quantising what the ones before left over.

    Args:
        dim: of the latent that comes in and goes out.
        code_dim: of the codebooks' entries; a linear map leads there and another back.
    """

    def __init__(self, *, dim: int, code_dim: int, codebooks: int, card: int) -> None:
        super().__init__()
        self.inward = nn.Linear(dim, code_dim, bias=False)
        self.outward = nn.Linear(code_dim, dim, bias=False)
        self.codebooks = nn.Parameter(torch.randn(codebooks, card, code_dim) * code_dim**-0.5)

    def encode(self, latent: Tensor) -> Tensor:
        """Return int64 codes `[…, codebooks]` for `latent` `[…, dim]`."""
        rest = self.inward(latent).float()
        codes = []
        for codebook in self.codebooks.float():
            code = nearest(rest, codebook)
            rest = rest - codebook[code]
            codes.append(code)
        return torch.stack(codes, dim=-1)

    def decode(self, codes: Tensor) -> Tensor:
        """Return the latent `[…, dim]` of int64 `codes` `[…, codebooks]`."""
        entries = [codebook[codes[..., level]] for level, codebook in enumerate(self.codebooks)]
        return self.outward(torch.stack(entries).sum(0))

    def quantize(self, latent: Tensor, levels: Tensor) -> Quantized:
        """Return what a training needs of `latent` `[batch, frames, dim]`; the codebooks get no gradient.

        Args:
            latent: what is quantised.
            levels: how many levels count, int64 `[batch]`; those beyond are searched and add nothing.
        """
        wide = at_least_fp32(self.inward(latent))
        rest, total, missed = wide.detach(), torch.zeros_like(wide), torch.zeros_like(wide[..., 0])
        rests, codes = [], []
        with unrounded(latent):
            for level, codebook in enumerate(self.codebooks.detach().float()):
                code, counts = nearest(rest, codebook), (levels > level)[:, None]
                rests.append(rest)
                codes.append(code)
                rest = rest - codebook[code]
                total = total + codebook[code] * counts[..., None]
                missed = missed + (wide - total).square().mean(-1) * counts
        return Quantized(
            latent=self.outward((wide + (total - wide).detach()).to(latent.dtype)),
            rests=torch.stack(rests),
            codes=torch.stack(codes),
            commitment=missed.mean() / len(codes),
        )


class SplitQuantizer(nn.Module):
    """One semantic codebook and an acoustic residual quantiser.

    Args:
        reading: `residual`: acoustic codes quantise f − z_sem, as the paper writes; `parallel`: both quantise f;
            `single`: no split, one residual chain whose first code stands in the semantic one's place.
    """

    def __init__(self, *, dim: int, code_dim: int, codebooks: int, card: int, reading: str) -> None:
        super().__init__()
        self.reading = reading
        if reading == "single":
            self.chain = ResidualQuantizer(dim=dim, code_dim=code_dim, codebooks=codebooks, card=card)
        else:
            self.semantic = ResidualQuantizer(dim=dim, code_dim=code_dim, codebooks=1, card=card)
            self.acoustic = ResidualQuantizer(dim=dim, code_dim=code_dim, codebooks=codebooks - 1, card=card)

    def encode(self, latent: Tensor) -> Tensor:
        """Return int64 codes `[batch, codebooks, frames]`, semantic first, for `latent` `[batch, frames, dim]`."""
        if self.reading == "single":
            return self.chain.encode(latent).transpose(1, 2)
        semantic = self.semantic.encode(latent)
        rest = latent - self.semantic.decode(semantic) if self.reading == "residual" else latent
        return torch.cat((semantic, self.acoustic.encode(rest)), dim=-1).transpose(1, 2)

    @property
    def chains(self) -> tuple[ResidualQuantizer, ...]:
        """The semantic and the acoustic quantiser, or the one chain."""
        return (self.chain,) if self.reading == "single" else (self.semantic, self.acoustic)

    def quantize(self, latent: Tensor, levels: Tensor) -> tuple[Quantized, ...]:
        """Return what a training needs of `latent` `[batch, frames, dim]`, one for each of `chains`.

        The sum of their latents is what the decoder takes.

        Args:
            latent: what is quantised.
            levels: how many codebooks count, semantic first, int64 `[batch]`.
        """
        if self.reading == "single":
            return (self.chain.quantize(latent, levels),)
        semantic = self.semantic.quantize(latent, levels)
        rest = latent - semantic.latent.detach() if self.reading == "residual" else latent
        return semantic, self.acoustic.quantize(rest, levels - 1)

    def decode(self, codes: Tensor) -> Tensor:
        """Return the latent `[batch, frames, dim]` of `codes` `[batch, codebooks, frames]`."""
        codes = codes.transpose(1, 2)
        if self.reading == "single":
            return self.chain.decode(codes)
        return self.semantic.decode(codes[..., :1]) + self.acoustic.decode(codes[..., 1:])
