"""What two sounds differ by: log-mel spectra at four scales, and magnitudes.

Yamamoto et al., "Parallel WaveGAN" (2020), section 2.2; mel bands instead of bins, as in EnCodec (2022).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor

from josie_bench.model.layers.mel import mel_filters

SCALES = ((2048, 512, 100), (1024, 256, 80), (512, 128, 64), (256, 64, 32))  # samples, hop in samples, mel bands
FLOOR = 1e-3


@dataclass(frozen=True, slots=True)
class Spectrum:
    """Magnitudes `[batch, bins, time]` of a sound, and the logarithm of its mel bands `[batch, time, bands]`."""

    magnitude: Tensor
    log_mel: Tensor


def spectra(sound: Tensor, sample_rate_hz: int) -> list[Spectrum]:
    """Return the spectra of `sound` `[batch, samples]` at all `SCALES`."""
    return [_spectrum(sound, sample_rate_hz, size, hop, bands) for size, hop, bands in SCALES]


def log_mel(sound: Tensor, sample_rate_hz: int, *, size: int, hop: int, bands: int) -> Tensor:
    """Return the logarithm of mel bands `[batch, time, bands]`; no window reaches beyond the sound."""
    return _spectrum(sound, sample_rate_hz, size, hop, bands).log_mel


def spectral_distance(found: list[Spectrum], wanted: list[Spectrum]) -> tuple[Tensor, Tensor]:
    """Return mean |Δ log mel|, and mean |Δ magnitude| as a share of the wanted mean; both means over the scales."""
    pairs = list(zip(found, wanted, strict=True))
    mel = torch.stack([(a.log_mel - b.log_mel).abs().mean() for a, b in pairs])
    shares = torch.stack([(a.magnitude - b.magnitude).abs().mean() / b.magnitude.mean() for a, b in pairs])
    return mel.mean(), shares.mean()


def _spectrum(sound: Tensor, sample_rate_hz: int, size: int, hop: int, bands: int) -> Spectrum:
    window, weights = _window(size, sound.device), _mel_weights(size, bands, sample_rate_hz, sound.device)
    bins = torch.stft(sound, size, hop, window=window, center=False, return_complex=True)
    magnitude = (bins.real.square() + bins.imag.square() + 1e-8).sqrt()
    return Spectrum(magnitude, (magnitude.transpose(1, 2) @ weights).clamp_min(FLOOR).log())


@cache
def _window(size: int, device: torch.device) -> Tensor:
    return torch.hann_window(size).to(device)


@cache
def _mel_weights(size: int, bands: int, sample_rate_hz: int, device: torch.device) -> Tensor:
    """Return `[bins, bands]`."""
    return mel_filters(size // 2 + 1, bands, sample_rate_hz).T.to(device, torch.float32)
