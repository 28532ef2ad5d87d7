"""The codec's other front end: a log-mel spectrogram, residual units at its rate, a stride to the transformer's."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from josie_bench.model.layers.carry import Carry
from josie_bench.model.layers.fourier import Spectrum, bins_of
from josie_bench.model.layers.norms import at_least_fp32, unrounded
from josie_bench.model.layers.seanet import residual_units, settle_units, through
from josie_bench.model.layers.streaming_conv import StreamingConv1d
from josie_bench.model.sizes import MEL_BANDS, AudioSizes

QUIETEST = 1e-3  # of a band: what is below counts as this
CENTRE, SPREAD = -2.0, 2.0  # about the mean and deviation of speech in log bands: what follows sees it near 0 and 1


def mel_filters(bins: int, bands: int, sample_rate_hz: int) -> Tensor:
    """Return the triangles of the mel scale (2595 · log10(1 + f / 700)) from 0 to half the rate, `[bands, bins]`."""
    nyquist_hz = sample_rate_hz / 2
    top = math.log10(1 + nyquist_hz / 700.0)
    corner_hz = 700.0 * (10 ** torch.linspace(0.0, top, bands + 2, dtype=torch.float64) - 1)
    frequency_hz = torch.linspace(0.0, nyquist_hz, bins, dtype=torch.float64)
    low, middle, high = (corner_hz[at : at + bands, None] for at in range(3))
    rising, falling = (frequency_hz - low) / (middle - low), (high - frequency_hz) / (high - middle)
    return torch.minimum(rising, falling).clamp_min(0.0)


class LogMel(nn.Module):
    """Spectra → the logarithm of each mel band's magnitude, in FP32 at least; the filters are a fixed convolution."""

    filters: Tensor

    def __init__(self, sizes: AudioSizes) -> None:
        super().__init__()
        filters = mel_filters(bins_of(sizes.hop_samples), MEL_BANDS, sizes.sample_rate_hz)
        self.register_buffer("filters", filters[..., None].to(torch.float32), persistent=False)

    def forward(self, spectra: Tensor) -> Tensor:
        """Return `[batch, bands, time]` for real, then imaginary parts `[batch, 2 * bins, time]`."""
        real, imaginary = at_least_fp32(spectra).chunk(2, dim=1)
        magnitude = (real.square() + imaginary.square()).sqrt().to(spectra.dtype)
        with unrounded(spectra):
            bands = at_least_fp32(F.conv1d(magnitude, self.filters))
        return ((bands.clamp_min(QUIETEST).log() - CENTRE) / SPREAD).to(spectra.dtype)


class MelEncoder(nn.Module):
    """Waveform to latents at the transformer's rate, `dim` wide all the way."""

    def __init__(self, sizes: AudioSizes) -> None:
        super().__init__()
        self.spectrum = Spectrum("encode.spectrum", sizes.hop_samples)
        self.log_mel = LogMel(sizes)
        self.first = StreamingConv1d("encode.first", MEL_BANDS, sizes.dim, sizes.kernel)
        self.units = residual_units("encode", sizes.dim, sizes)
        self.down = StreamingConv1d("encode.down", sizes.dim, sizes.dim, sizes.hops, stride=sizes.hops)

    def forward(self, audio: Tensor, carry: Carry) -> Tensor:
        """Return `[batch, dim, samples / ∏ratios]` for `audio` `[batch, 1, samples]`."""
        x = self.first(self.log_mel(self.spectrum(audio, carry)), carry)
        return self.down(through(self.units, x, carry), carry)

    def settle(self) -> None:
        """Let seeded weights keep the spectrogram's range."""
        settle_units(self.units)
