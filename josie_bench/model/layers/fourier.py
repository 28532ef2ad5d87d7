"""Short-time Fourier transforms as convolutions with a fixed basis, so that they stream, count and export like others.

A window is `WINDOW_HOPS` hops of a Hann window. Bases are buffers: nothing is learned, and no checkpoint holds them.
BF16 would lose in spectra whatever is 50 dB below the loudest, so an autocast of a training leaves them alone.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from josie_bench.model.layers.carry import Carry, Stateful
from josie_bench.model.layers.norms import unrounded
from josie_bench.model.sizes import WINDOW_HOPS
from josie_bench.terms.signature import TensorSpec

SQUARED_WINDOWS = 1.5  # what Hann windows, squared, sum to wherever four of them overlap


def bins_of(hop: int) -> int:
    """Return the frequencies of a spectrum, from 0 to half the sample rate."""
    return WINDOW_HOPS * hop // 2 + 1


def hann(hop: int) -> Tensor:
    """Return the window `[samples]` in FP64."""
    samples = WINDOW_HOPS * hop
    return 0.5 - 0.5 * torch.cos(torch.arange(samples, dtype=torch.float64) * (2 * math.pi / samples))


def waves(hop: int) -> tuple[Tensor, Tensor]:
    """Return cosines and sines of every frequency over a window, `[bins, samples]` in FP64."""
    samples = WINDOW_HOPS * hop
    turns = torch.arange(bins_of(hop))[:, None] * torch.arange(samples) % samples
    angle = turns.to(torch.float64) * (2 * math.pi / samples)
    return angle.cos(), angle.sin()


class Spectrum(Stateful):
    """Sound → spectra, a convolution of stride `hop`; carries the samples that later windows begin with.

    A window ends with its hop, so nothing is waited for; before a session's first sample there are zeros.
    """

    basis: Tensor

    def __init__(self, name: str, hop: int) -> None:
        super().__init__()
        self.name = name
        self.hop = hop
        self.context = (WINDOW_HOPS - 1) * hop
        cosine, sine = waves(hop)
        basis = torch.cat((cosine, -sine)) * hann(hop)
        self.register_buffer("basis", basis[:, None].to(torch.float32), persistent=False)

    def state_specs(self) -> tuple[TensorSpec, ...]:
        """Return the left context."""
        return (TensorSpec(name=self.name, dtype="float32", axes=("batch", 1, self.context)),)

    def forward(self, audio: Tensor, carry: Carry) -> Tensor:
        """Return real, then imaginary parts `[batch, 2 * bins, samples / hop]` of `audio` `[batch, 1, samples]`."""
        seen = torch.cat((carry.old[self.name], audio), dim=-1)
        carry.new[self.name] = seen[..., -self.context :]
        with unrounded(audio):
            return F.conv1d(seen, self.basis, stride=self.hop)


class InverseSpectrum(Stateful):
    """Spectra → sound, a transposed convolution of stride `hop`; carries what later windows add to.

    A sample leaves when all windows over it have come, so sound is three hops late: what went into `Spectrum` comes out
    of here unchanged, three hops later.
    """

    basis: Tensor

    def __init__(self, name: str, hop: int) -> None:
        super().__init__()
        self.name = name
        self.hop = hop
        self.context = (WINDOW_HOPS - 1) * hop
        cosine, sine = waves(hop)
        sides = torch.full((bins_of(hop), 1), 2.0, dtype=torch.float64)  # a frequency stands for its negative one too
        sides[0] = sides[-1] = 1.0
        scale = sides * hann(hop) / (WINDOW_HOPS * hop * SQUARED_WINDOWS)
        basis = torch.cat((cosine * scale, -sine * scale))
        self.register_buffer("basis", basis[:, None].to(torch.float32), persistent=False)

    def state_specs(self) -> tuple[TensorSpec, ...]:
        """Return the samples that are not yet whole."""
        return (TensorSpec(name=self.name, dtype="float32", axes=("batch", 1, self.context)),)

    def forward(self, spectra: Tensor, carry: Carry) -> Tensor:
        """Return `[batch, 1, time * hop]` for real, then imaginary parts `[batch, 2 * bins, time]`."""
        with unrounded(spectra):
            y = F.conv_transpose1d(spectra, self.basis, stride=self.hop)
        begun = y[..., : self.context] + carry.old[self.name]
        y = torch.cat((begun, y[..., self.context :]), dim=-1)
        carry.new[self.name] = y[..., -self.context :]
        return y[..., : -self.context]
