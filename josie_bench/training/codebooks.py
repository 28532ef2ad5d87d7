"""How codebooks learn: each entry follows the mean of what falls on it; one that nothing falls on begins anew.

Exponential moving averages as in van den Oord et al., "Neural Discrete Representation Learning" (2017), appendix A; the
gradient goes past the search as if it were not there.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from josie_bench.model.layers.vector_quantizer import ResidualQuantizer, SplitQuantizer

DECAY = 0.98
DEAD = 0.03  # an entry with less than this share of its due begins anew
REBORN = 0.3  # the share that it is given then
ROUNDS = 6  # of k-means
FIRST_WEIGHT = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantised:
    """A latent behind its codes.

    Attributes:
        latent: what the decoder takes, `[items, dim]`; its gradient goes to what was quantised.
        semantic: what the semantic code alone says of it, `[items, dim]`.
        commitment: mean squared distance of what is quantised to its entries.
    """

    latent: Tensor
    semantic: Tensor
    commitment: Tensor


class CodebookAverages(nn.Module):
    """The moving averages of one residual quantiser's codebooks: how much falls on each entry, and its sum."""

    count: Tensor
    total: Tensor

    def __init__(self, quantizer: ResidualQuantizer) -> None:
        super().__init__()
        self.quantizer = quantizer
        quantizer.codebooks.requires_grad_(requires_grad=False)
        levels, card, _ = quantizer.codebooks.shape
        self.register_buffer("count", torch.ones(levels, card))
        self.register_buffer("total", quantizer.codebooks.detach().clone())

    @torch.no_grad()
    def begin(self, latent: Tensor, draw: torch.Generator) -> Tensor:
        """Let every codebook begin with the k-means of what the ones before leave of `latent` `[items, dim]`.

        Returns:
            What the entries say of it, `[items, dim]`.
        """
        inward = self.quantizer.inward(latent).float()
        rest = inward
        for level, codebook in enumerate(self.quantizer.codebooks.data):
            card = len(codebook)
            codebook.copy_(rest[torch.randperm(len(rest), generator=draw)[:card]])
            for _ in range(ROUNDS):
                count, total = _gathered(rest, nearest(rest, codebook), card)
                strangers = rest[torch.randint(len(rest), (card,), generator=draw)]
                codebook.copy_(torch.where(count[:, None] > 0, total / count.clamp_min(1)[:, None], strangers))
            code = nearest(rest, codebook)
            self.count[level] = _gathered(rest, code, card)[0] * FIRST_WEIGHT / len(rest) + 0.1
            self.total[level] = codebook * self.count[level][:, None]
            rest = rest - codebook[code]
        return self.quantizer.outward(inward - rest)

    def forward(self, latent: Tensor, keep: Tensor, draw: torch.Generator) -> tuple[Tensor, Tensor]:
        """Return what is left of `latent` `[items, dim]` behind its first `keep` `[items]` codes, and the commitment.

        In training mode the codebooks follow what falls on them; `draw` says who takes a dead entry's place.
        """
        inward = self.quantizer.inward(latent).float()
        rest, found = inward.detach(), torch.zeros_like(inward)
        commitment = torch.zeros(())
        for level in range(len(self.quantizer.codebooks)):
            codebook = self.quantizer.codebooks[level]
            code = nearest(rest, codebook)
            entry, is_kept = codebook[code], (keep > level).float()[:, None]
            if self.training:
                self._follow(level, rest, code, draw)
            found = found + entry * is_kept
            commitment = commitment + ((inward - found).square().mean(1, keepdim=True) * is_kept).mean()
            rest = rest - entry
        straight = inward + (found - inward).detach()
        is_any = (keep > 0).float()[:, None]
        return self.quantizer.outward(straight * is_any), commitment / len(self.quantizer.codebooks)

    @torch.no_grad()
    def _follow(self, level: int, rest: Tensor, code: Tensor, draw: torch.Generator) -> None:
        count, total = self.count[level], self.total[level]
        fallen, sums = _gathered(rest, code, len(count))
        count.lerp_(fallen, 1 - DECAY)
        total.lerp_(sums, 1 - DECAY)
        due = len(rest) / len(count)
        dead = (count < due * DEAD).nonzero()[:, 0]
        if len(dead):
            count[dead] = due * REBORN
            total[dead] = rest[torch.randint(len(rest), (len(dead),), generator=draw)] * (due * REBORN)
        self.quantizer.codebooks.data[level] = total / count[:, None]


class SplitAverages(nn.Module):
    """How a quantiser of two streams learns: the semantic code first, the acoustic ones what it leaves."""

    def __init__(self, quantizer: SplitQuantizer) -> None:
        super().__init__()
        self.reading = quantizer.reading
        if self.reading == "single":
            self.chain = CodebookAverages(quantizer.chain)
        else:
            self.semantic = CodebookAverages(quantizer.semantic)
            self.acoustic = CodebookAverages(quantizer.acoustic)

    def open(self, latent: Tensor) -> Tensor:
        """Return `latent` `[…, dim]` through the maps alone, as if every number had a code of its own."""
        quantizer = self.chain.quantizer if self.reading == "single" else self.acoustic.quantizer
        return quantizer.outward(quantizer.inward(latent))

    @torch.no_grad()
    def begin(self, latent: Tensor, draw: torch.Generator) -> None:
        """Let all codebooks begin with the k-means of `latent` `[items, dim]`, seen as the open maps saw it."""
        if self.reading == "single":
            self.chain.begin(latent, draw)
            return
        learnt = self.acoustic.quantizer
        learnt.outward.weight.copy_(torch.linalg.pinv(learnt.inward.weight))
        for mine, its in ((self.semantic.quantizer.inward, learnt.inward), (self.semantic.quantizer.outward, learnt.outward)):
            mine.weight.copy_(its.weight)
        said = self.semantic.begin(latent, draw)
        self.acoustic.begin(latent - said if self.reading == "residual" else latent, draw)

    def forward(self, latent: Tensor, keep: Tensor, draw: torch.Generator) -> Quantised:
        """Return `latent` `[items, dim]` behind its first `keep` `[items]` codes, at least one."""
        if self.reading == "single":
            found, commitment = self.chain(latent, keep, draw)
            return Quantised(latent=found, semantic=found, commitment=commitment)
        semantic, first = self.semantic(latent, keep.clamp_max(1), draw)
        left = latent - semantic if self.reading == "residual" else latent
        acoustic, rest = self.acoustic(left, keep - 1, draw)
        return Quantised(latent=semantic + acoustic, semantic=semantic, commitment=first + rest)


def nearest(rest: Tensor, codebook: Tensor) -> Tensor:
    """Return the code of the nearest entry for each of `rest` `[items, code_dim]`: argmin(|c|² − 2x·c)."""
    return (codebook.square().sum(-1) - 2.0 * rest @ codebook.T).argmin(-1)


def _gathered(rest: Tensor, code: Tensor, card: int) -> tuple[Tensor, Tensor]:
    """Return how much fell on each entry, and its sum."""
    count = torch.bincount(code, minlength=card).float()
    return count, torch.zeros(card, rest.shape[1]).index_add_(0, code, rest)
