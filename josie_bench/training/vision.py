"""The vision piece of training: frames in, the same frames out behind their tokens.

The pixel decoder that draws them is no part of the model and kept for evaluation alone. What is seen, where the corpus
knows it, is read from the first code alone: distillation as in the codec, with what the drawing knows in the place of a
teacher's features.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from josie_bench.model.components.vision_encoder import InterFrameLayer, IntraFrameLayer
from josie_bench.model.pixel_decoder import PixelDecoder, joined
from josie_bench.model.weights import Model
from josie_bench.training.clips import UNKNOWN, Views
from josie_bench.training.codebooks import CodebookAverages

WEIGHTS = {"pixel": 1.0, "square": 2.0, "gradient": 1.0, "commitment": 0.25, "label": 0.3}
FAINT = 0.1  # of the pixels' map before the first step
BRANCH = 0.3  # of a transformer's branches before the first step: deep ones then begin near the identity


class VisionLearner(nn.Module):
    """The vision encoder, and what only training needs: a pixel decoder, codebook averages, readers of labels.

    Args:
        model: its vision encoder learns in place.
        classes: how many there are of each label.
    """

    def __init__(self, model: Model, classes: Sequence[int]) -> None:
        super().__init__()
        self.encoder = model.vision_encoder
        self.sizes = self.encoder.sizes
        self.decoder = PixelDecoder(self.sizes, self.encoder.quantizer)
        self.averages = CodebookAverages(self.encoder.quantizer)
        self.readers = nn.ModuleList(nn.Linear(self.sizes.code_dim, count) for count in classes)
        _settle(self)

    @torch.no_grad()
    def begin_pixels(self, views: Views) -> None:
        """Let the decoder draw the mean patch of a batch first, whatever the tokens."""
        mean = self._placed(views.patches).mean((0, 1)).unflatten(0, (-1, self.sizes.merge**2)).mean(0)
        self.decoder.out.bias.copy_(mean.flatten())
        self.decoder.out.weight.mul_(FAINT)

    def begin_codebooks(self, batches: list[Views], draw: torch.Generator) -> None:
        """Let the codebooks begin from the latents of some batches."""
        with torch.no_grad():
            latents = [self._latent(views).flatten(0, -2) for views in batches]
        self.averages.begin(torch.cat(latents), draw)

    def forward(self, views: Views, draw: torch.Generator, *, quantises: bool = True) -> dict[str, Tensor]:
        """Return the parts of the loss, by the names of `WEIGHTS`.

        Args:
            views: of a batch.
            draw: how many codes each crop keeps, and what takes a dead entry's place; a generator of the CPU.
            quantises: False lets the latent pass as it is: before the codebooks have begun.
        """
        with torch.autocast(self._device.type, torch.bfloat16):  # multiplied faster; the search stays in FP32
            return self._losses(views, draw, quantises=quantises)

    @torch.no_grad()
    def psnr_db(self, views: Views) -> float:
        """Return the peak signal-to-noise ratio of what all codes of `views` are drawn as; the peak is 2."""
        rows, columns = views.layout.rows, views.layout.columns
        drawn = self.decoder.decode(self.encoder.quantizer.encode(self._latent(views)), rows, columns)
        wanted = joined(self._placed(views.patches), self.sizes, rows, columns)
        return 10 * math.log10(4 / float((drawn - wanted).square().mean()))

    def _losses(self, views: Views, draw: torch.Generator, *, quantises: bool) -> dict[str, Tensor]:
        latent = self._latent(views)
        losses: dict[str, Tensor] = {}
        if quantises:
            batch, time, tokens, _ = latent.shape
            found = self.encoder.quantizer.quantize(latent.flatten(1, 2), self._kept(batch, draw).to(latent.device))
            self.averages.follow(found, draw)
            losses["commitment"] = found.commitment
            losses["label"] = self._label_loss(self._first(latent, found.codes[0]), self._placed(views.labels))
            latent = found.latent.unflatten(1, (time, tokens))
        else:
            latent = self.averages.through(latent)
        rows, columns = views.layout.rows, views.layout.columns
        wanted = joined(self._placed(views.patches), self.sizes, rows, columns)
        return losses | frame_losses(self.decoder(latent, rows, columns).float(), wanted)

    @property
    def _device(self) -> torch.device:
        return self.decoder.out.weight.device

    def _placed(self, array: npt.NDArray[Any]) -> Tensor:
        """Return an array as a tensor where the encoder computes."""
        return torch.from_numpy(array).to(self._device)

    def _latent(self, views: Views) -> Tensor:
        batch = len(views.patches)
        grid, cell = (
            self._placed(part).expand(batch, *part.shape[1:]) for part in (views.layout.grid, views.layout.cell)
        )
        latent = self.encoder.latent(self._placed(views.patches), grid, cell, self.encoder.fresh_carry(batch))
        return latent.float()

    def _first(self, latent: Tensor, codes: Tensor) -> Tensor:
        """Return the first codes' entries, `[batch, time, tokens, code_dim]`; their gradient goes straight through."""
        quantizer = self.encoder.quantizer
        inward = quantizer.inward(latent).float()
        entries: Tensor = quantizer.codebooks.detach()[0][codes].view_as(inward)
        straight: Tensor = inward + (entries - inward).detach()
        return straight

    def _label_loss(self, first: Tensor, labels: Tensor) -> Tensor:
        """Return the mean cross-entropy of labels `[batch, time, labels]`, each read from the mean over the tokens."""
        seen = first.mean(2).flatten(0, 1)
        known = labels.flatten(0, 1)
        losses = [
            F.cross_entropy(reader(seen).float(), wanted, ignore_index=UNKNOWN)
            for reader, wanted in zip(self.readers, known.unbind(-1), strict=True)
            if (wanted != UNKNOWN).any()
        ]
        return torch.stack(losses).mean() if losses else seen.sum() * 0

    def _kept(self, batch: int, draw: torch.Generator) -> Tensor:
        """Return how many codes each crop keeps: half of them all, the others any number."""
        levels = self.sizes.codebooks
        some = torch.randint(1, levels + 1, (batch,), generator=draw)
        return torch.where(torch.rand(batch, generator=draw) < 0.5, levels, some)


def frame_losses(drawn: Tensor, wanted: Tensor) -> dict[str, Tensor]:
    """Return what frames `[batch, frames, height, width, 3]` differ by: pixels, and steps to the next pixel."""
    apart = drawn - wanted
    steps = [apart.diff(dim=axis).abs().mean() for axis in (2, 3)]
    return {"pixel": apart.abs().mean(), "square": apart.square().mean(), "gradient": torch.stack(steps).mean()}


def total(losses: dict[str, Tensor]) -> Tensor:
    """Return the weighted sum that is learnt by."""
    return torch.stack([WEIGHTS[name] * loss for name, loss in losses.items()]).sum()


@torch.no_grad()
def _settle(learner: VisionLearner) -> None:
    """Let the transformers' branches begin small."""
    for part in learner.modules():
        if isinstance(part, (IntraFrameLayer, InterFrameLayer)):
            part.out.weight.mul_(BRANCH)
        if isinstance(part, IntraFrameLayer):
            part.feed.down.weight.mul_(BRANCH)
    learner.averages.open()
