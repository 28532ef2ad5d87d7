"""The codec's piece of training: sound in, the same sound out behind its codes, the first of which says the phoneme.

The phoneme is read from the semantic code alone: distillation as in SpeechTokenizer (Zhang et al., 2024) and Mimi
(Défossez et al., 2024), with phonemes that the synthesis knows in the place of a teacher's features.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from josie_bench.model.layers.transformer import FeedForward, RingLayer
from josie_bench.model.weights import Model
from josie_bench.training.codebooks import SplitAverages
from josie_bench.training.sounds import UNKNOWN, Crops
from josie_bench.training.spectra import log_mel, spectra, spectral_distance

WEIGHTS = {"log_mel": 2.0, "magnitude": 1.0, "auxiliary": 1.0, "commitment": 0.25, "phoneme": 0.15}
EIGHTHS_KEPT = (2, 4, 8, 8, 8, 8, 8, 8)  # of the codes: an item keeps so many eighths, each as likely
BRANCH = 0.3  # of a transformer's branches before the first step: deep ones then begin near the identity
AUXILIARY_BANDS = 80


class CodecLearner(nn.Module):
    """The two halves of a codec, and what only training needs: codebook averages, a phoneme reader, a second output.

    Args:
        model: its audio encoder and decoder learn in place.
        phonemes: how many there are to tell apart.
    """

    def __init__(self, model: Model, phonemes: int) -> None:
        super().__init__()
        self.encoder, self.decoder = model.audio_encoder, model.audio_decoder
        self.audio = model.sizes.audio
        self.averages = SplitAverages(self.encoder.quantizer)
        self.reader = nn.Linear(self.audio.dim, phonemes)
        self.auxiliary = nn.Conv1d(self.audio.dim, AUXILIARY_BANDS, 1) if self.audio.head == "istft" else None
        _settle(self)
        _narrow(self)

    def begin_codebooks(self, batches: list[Crops], draw: torch.Generator) -> None:
        """Let the codebooks begin from the latents of some batches."""
        with torch.no_grad():
            latents = [self._latent(self._placed(crops.audio)).flatten(0, 1) for crops in batches]
        self.averages.begin(torch.cat(latents), draw)

    def forward(self, crops: Crops, draw: torch.Generator, *, quantises: bool = True) -> dict[str, Tensor]:
        """Return the parts of the loss, by the names of `WEIGHTS`.

        Args:
            crops: of a batch.
            draw: how many codes each item keeps, and what takes a dead entry's place; a generator of the CPU.
            quantises: False lets the latent pass as it is: before the codebooks have begun.
        """
        audio = self._placed(crops.audio)
        latent = self._latent(audio)
        losses: dict[str, Tensor] = {}
        if quantises:
            eighths = torch.tensor(EIGHTHS_KEPT)[torch.randint(len(EIGHTHS_KEPT), (len(audio),), generator=draw)]
            kept = (eighths * self.audio.codebooks / 8).ceil().long()
            found = self.encoder.quantizer.quantize(latent, kept.to(latent.device))
            self.averages.follow(found, draw)
            losses["commitment"] = torch.stack([part.commitment for part in found]).sum()
            losses["phoneme"] = self._phoneme_loss(found[0].latent, self._placed(crops.phonemes))
            latent = torch.stack([part.latent for part in found]).sum(0)
        else:
            latent = self.averages.through(latent)
        return losses | self._sound_losses(latent, audio)

    def _placed(self, array: npt.NDArray[Any]) -> Tensor:
        """Return an array as a tensor where the codec computes."""
        return torch.from_numpy(array).to(self.reader.weight.device)

    def _latent(self, audio: Tensor) -> Tensor:
        return self.encoder.latent(audio, self.encoder.fresh_carry(len(audio))).float()

    def _phoneme_loss(self, semantic: Tensor, phonemes: Tensor) -> Tensor:
        if not (phonemes != UNKNOWN).any():
            return semantic.sum() * 0
        return F.cross_entropy(self.reader(semantic).flatten(0, 1), phonemes.flatten(), ignore_index=UNKNOWN)

    def _sound_losses(self, latent: Tensor, audio: Tensor) -> dict[str, Tensor]:
        carry = self.decoder.fresh_carry(len(audio))
        features = self.decoder.features(latent, carry).float()
        late = self.audio.delay_samples
        sound = self.decoder.head.sound(features, carry)[:, 0, late:]
        wanted = audio[:, : sound.shape[1]]
        rate_hz = self.audio.sample_rate_hz
        mel, magnitude = spectral_distance(spectra(sound, rate_hz), spectra(wanted, rate_hz))
        losses = {"log_mel": mel, "magnitude": magnitude}
        if self.auxiliary is not None:
            hop = self.audio.hop_samples
            bands = log_mel(F.pad(audio, (late, 0)), rate_hz, size=late + hop, hop=hop, bands=AUXILIARY_BANDS)
            losses["auxiliary"] = (self.auxiliary(features).transpose(1, 2) - bands).abs().mean()
        return losses


def total(losses: dict[str, Tensor]) -> Tensor:
    """Return the weighted sum that is learnt by."""
    return torch.stack([WEIGHTS[name] * loss for name, loss in losses.items()]).sum()


@torch.no_grad()
def _settle(learner: CodecLearner) -> None:
    """Let the transformers' branches begin small."""
    for part in learner.modules():
        if isinstance(part, RingLayer):
            part.out.weight.mul_(BRANCH)
        if isinstance(part, FeedForward):
            part.down.weight.mul_(BRANCH)
    learner.averages.open()


def _narrow(learner: CodecLearner) -> None:
    """Let the convolutions' products be of bfloat16, which newer CPUs multiply faster. All else stays in FP32."""
    for half in (learner.encoder, learner.decoder):
        for part in half.modules():
            if isinstance(part, (nn.Conv1d, nn.ConvTranspose1d)):
                part.forward = partial(_narrowed, part.forward)  # type: ignore[method-assign]


def _narrowed(forward: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    with torch.autocast(x.device.type, torch.bfloat16):
        return forward(x).float()
