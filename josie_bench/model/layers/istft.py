"""The codec's other head: residual units at the rate of spectra, and an inverse Fourier transform of what they say."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from josie_bench.model.layers.carry import Carry
from josie_bench.model.layers.fourier import InverseSpectrum, bins_of
from josie_bench.model.layers.norms import at_least_fp32
from josie_bench.model.layers.seanet import residual_units, settle_units, through
from josie_bench.model.layers.streaming_conv import StreamingConv1d
from josie_bench.model.sizes import OVERLAP, AudioSizes

LOUDEST = 5.0  # log magnitude; a full-scale tone has log(160) = 5.08, and beyond, a step of training could overflow
FIRST_LOUDNESS = -2.0  # log magnitude of what a seeded head says: speech that is spoken softly


class IstftDecoder(nn.Module):
    """Latents at the transformer's rate to a waveform, by magnitude and phase of each frequency of each hop.

    What leaves is complete, so sound is `AudioSizes.delay_samples` (three hops, 30 ms at 16 kHz) late.
    """

    def __init__(self, sizes: AudioSizes) -> None:
        super().__init__()
        self.hops, self.bins = sizes.hops, bins_of(sizes.hop_samples)
        self.spread = nn.Linear(sizes.dim, sizes.hops * sizes.dim)
        self.units = residual_units("decode", sizes.dim, sizes)
        self.last = StreamingConv1d("decode.last", sizes.dim, 2 * self.bins, 1)
        self.inverse = InverseSpectrum(OVERLAP, sizes.hop_samples)

    def features(self, latent: Tensor, carry: Carry) -> Tensor:
        """Return `[batch, dim, time * hops]`, what the last map reads, for `latent` `[batch, dim, time]`."""
        spread = self.spread(F.silu(latent.transpose(1, 2)))
        x = spread.unflatten(-1, (self.hops, -1)).flatten(1, 2).transpose(1, 2)
        return F.silu(through(self.units, x, carry))

    def sound(self, features: Tensor, carry: Carry) -> Tensor:
        """Return audio `[batch, 1, time * ∏ratios]` for what `features` returned."""
        loudness, phase = at_least_fp32(self.last(features, carry)).chunk(2, dim=1)
        magnitude = loudness.clamp(max=LOUDEST).exp()
        spectra = torch.cat((magnitude * phase.cos(), magnitude * phase.sin()), dim=1)
        return self.inverse(spectra.to(self.inverse.basis.dtype), carry)

    def forward(self, latent: Tensor, carry: Carry) -> Tensor:
        """Return audio `[batch, 1, time * ∏ratios]` for `latent` `[batch, dim, time]`."""
        return self.sound(self.features(latent, carry), carry)

    def settle(self) -> None:
        """Let seeded weights speak softly."""
        settle_units(self.units)
        conv = self.last.conv
        assert conv.bias is not None
        conv.bias.data[: self.bins] = FIRST_LOUDNESS
