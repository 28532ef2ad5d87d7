"""Vector quantisers: plain, residual, and the split into a semantic and an acoustic stream (paper section 6.2).

The nearest code is argmin(|c|² − 2x·c), always in FP32: a BF16 search changes 10 % of all frames' codes.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


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
            distance = codebook.square().sum(-1) - 2.0 * rest @ codebook.T
            code = distance.argmin(-1)
            rest = rest - codebook[code]
            codes.append(code)
        return torch.stack(codes, dim=-1)

    def decode(self, codes: Tensor) -> Tensor:
        """Return the latent `[…, dim]` of int64 `codes` `[…, codebooks]`."""
        entries = [codebook[codes[..., level]] for level, codebook in enumerate(self.codebooks)]
        return self.outward(torch.stack(entries).sum(0))


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

    def decode(self, codes: Tensor) -> Tensor:
        """Return the latent `[batch, frames, dim]` of `codes` `[batch, codebooks, frames]`."""
        codes = codes.transpose(1, 2)
        if self.reading == "single":
            return self.chain.decode(codes)
        return self.semantic.decode(codes[..., :1]) + self.acoustic.decode(codes[..., 1:])
