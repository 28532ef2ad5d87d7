"""How codebooks learn: each entry follows the mean of what falls on it; one that nothing falls on begins anew.

Exponential moving averages as in van den Oord et al., "Neural Discrete Representation Learning" (2017), appendix A.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from josie_bench.model.layers.vector_quantizer import Quantized, ResidualQuantizer, SplitQuantizer, nearest

DECAY = 0.98
DEAD = 0.03  # an entry with less than this share of its due begins anew
REBORN = 0.3  # the share that it is given then
ROUNDS = 6  # of k-means
FIRST_WEIGHT = 1024  # what an entry's first mean counts, all together


class CodebookAverages(nn.Module):
    """The moving averages of one chain of codebooks: how much falls on each entry, and its sum."""

    count: Tensor
    total: Tensor

    def __init__(self, quantizer: ResidualQuantizer) -> None:
        super().__init__()
        self.quantizer = quantizer
        quantizer.codebooks.requires_grad = False
        levels, card, _ = quantizer.codebooks.shape
        self.register_buffer("count", torch.ones(levels, card))
        self.register_buffer("total", quantizer.codebooks.detach().clone())

    @torch.no_grad()
    def open(self) -> None:
        """Let the chain's maps undo each other, as far as the codes' space is wide."""
        nn.init.orthogonal_(self.quantizer.inward.weight)
        self.quantizer.outward.weight.copy_(self.quantizer.inward.weight.T)

    def through(self, latent: Tensor) -> Tensor:
        """Return `latent` `[…, dim]` through the maps alone, as if every number had a code of its own."""
        passed: Tensor = self.quantizer.outward(self.quantizer.inward(latent))
        return passed

    @torch.no_grad()
    def begin(self, latent: Tensor, draw: torch.Generator) -> Tensor:
        """Let every codebook begin with the k-means of what those before leave of `latent` `[items, dim]`.

        Returns:
            What the entries say of it, `[items, dim]`.
        """
        inward = self.quantizer.inward(latent).float()
        rest = inward
        for level, codebook in enumerate(self.quantizer.codebooks.data):
            card = len(codebook)
            drawn = torch.randperm(len(rest), generator=draw)
            codebook.copy_(rest[drawn[torch.arange(card) % len(rest)].to(rest.device)])
            for _ in range(ROUNDS):
                count, total = _gathered(rest, nearest(rest, codebook), card)
                strangers = rest[torch.randint(len(rest), (card,), generator=draw).to(rest.device)]
                codebook.copy_(torch.where(count[:, None] > 0, total / count.clamp_min(1)[:, None], strangers))
            code = nearest(rest, codebook)
            self.count[level] = _gathered(rest, code, card)[0] * FIRST_WEIGHT / len(rest) + 0.1
            self.total[level] = codebook * self.count[level][:, None]
            rest = rest - codebook[code]
        said: Tensor = self.quantizer.outward(inward - rest)
        return said

    @torch.no_grad()
    def follow(self, found: Quantized, draw: torch.Generator) -> None:
        """Move the entries toward what fell on them; `draw` says what takes a dead one's place."""
        for level, (rests, codes) in enumerate(zip(found.rests, found.codes, strict=True)):
            rest, count, total = rests.flatten(0, -2), self.count[level], self.total[level]
            fallen, sums = _gathered(rest, codes.flatten(), len(count))
            count.lerp_(fallen, 1 - DECAY)
            total.lerp_(sums, 1 - DECAY)
            due = len(rest) / len(count)
            dead = (count < due * DEAD).nonzero()[:, 0]
            count[dead] = due * REBORN
            heirs = torch.randint(len(rest), (len(dead),), generator=draw).to(rest.device)
            total[dead] = rest[heirs] * (due * REBORN)
            self.quantizer.codebooks.data[level] = total / count[:, None]


class SplitAverages(nn.Module):
    """The averages of a quantiser's chains."""

    def __init__(self, quantizer: SplitQuantizer) -> None:
        super().__init__()
        self.reading = quantizer.reading
        self.chains = [CodebookAverages(chain) for chain in quantizer.chains]
        self.kept = nn.ModuleList(self.chains)  # their buffers are part of a checkpoint

    def open(self) -> None:
        """Let every chain's maps undo each other, so that what is left behind one is what the next is given."""
        for chain in self.chains:
            chain.open()

    def through(self, latent: Tensor) -> Tensor:
        """Return `latent` `[…, dim]` through the last chain's maps alone, as if every number had a code of its own."""
        return self.chains[-1].through(latent)

    @torch.no_grad()
    def begin(self, latent: Tensor, draw: torch.Generator) -> None:
        """Let all codebooks begin with the k-means of `latent` `[items, dim]`, through the maps learnt till now."""
        learnt = self.chains[-1].quantizer.inward.weight
        rest = latent
        for chain in self.chains:
            chain.quantizer.inward.weight.copy_(learnt)
            chain.quantizer.outward.weight.copy_(torch.linalg.pinv(learnt))
            said = chain.begin(rest, draw)
            rest = rest - said if self.reading == "residual" else latent

    def follow(self, found: tuple[Quantized, ...], draw: torch.Generator) -> None:
        """Move all entries toward what fell on them."""
        for chain, part in zip(self.chains, found, strict=True):
            chain.follow(part, draw)


def _gathered(rest: Tensor, code: Tensor, card: int) -> tuple[Tensor, Tensor]:
    """Return how much of `rest` `[items, code_dim]` fell on each entry, and its sum."""
    count = torch.bincount(code, minlength=card).float()
    return count, torch.zeros(card, rest.shape[1], device=rest.device).index_add_(0, code, rest)
