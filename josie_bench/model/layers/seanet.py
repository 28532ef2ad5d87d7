"""SEANet's encoder and decoder: dilated residual units and strided convolutions with SiLU (paper section 3).

In Mimi's shape ELU takes SiLU's place.
"""

from __future__ import annotations

from collections.abc import Callable

import torch.nn.functional as F
from torch import Tensor, nn

from josie_bench.model.layers.carry import Carry
from josie_bench.model.layers.streaming_conv import StreamingConv1d, StreamingConvTranspose1d
from josie_bench.model.sizes import AudioSizes

LOUDNESS = 1e-3  # what a seeded decoder says then stays within [-1, 1]
BRANCH = 0.4  # of a unit that is as wide as its stage


def _activate(sizes: AudioSizes) -> Callable[[Tensor], Tensor]:
    return F.elu if sizes.is_mimi else F.silu


class ResidualUnit(nn.Module):
    """x + pointwise(SiLU(dilated(SiLU(x))))."""

    def __init__(self, name: str, channels: int, sizes: AudioSizes, dilation: int) -> None:
        super().__init__()
        hidden = channels // sizes.compress
        self.activate = _activate(sizes)
        self.dilated = StreamingConv1d(f"{name}.dilated", channels, hidden, sizes.residual_kernel, dilation=dilation)
        self.pointwise = StreamingConv1d(f"{name}.pointwise", hidden, channels, 1)

    def forward(self, x: Tensor, carry: Carry) -> Tensor:
        """Return `[batch, channels, time]`."""
        return x + self.pointwise(self.activate(self.dilated(self.activate(x), carry)), carry)


def residual_units(name: str, channels: int, sizes: AudioSizes) -> nn.ModuleList:
    """Return a stage's residual units, one for each dilation."""
    return nn.ModuleList(
        ResidualUnit(f"{name}.unit{index}", channels, sizes, dilation) for index, dilation in enumerate(sizes.dilations)
    )


def through(units: nn.Module, x: Tensor, carry: Carry) -> Tensor:
    """Return `x` `[batch, channels, time]` through one unit after the other."""
    assert isinstance(units, nn.ModuleList)
    for unit in units:
        x = unit(x, carry)
    return x


def settle_units(units: nn.ModuleList) -> None:
    """Scale seeded units down, or each would double the variance of what passes through: a stage would only add up."""
    for unit in units:
        assert isinstance(unit, ResidualUnit)
        unit.pointwise.conv.weight.data *= BRANCH


class SeanetEncoder(nn.Module):
    """Waveform to latents at the transformer's rate; channels double with every stage."""

    def __init__(self, sizes: AudioSizes) -> None:
        super().__init__()
        channels = sizes.filters
        self.activate = _activate(sizes)
        self.first = StreamingConv1d("encode.first", 1, channels, sizes.kernel)
        self.units, self.downs = nn.ModuleList(), nn.ModuleList()
        for stage, ratio in enumerate(reversed(sizes.ratios)):
            name = f"encode.stage{stage}"
            self.units.append(residual_units(name, channels, sizes))
            self.downs.append(StreamingConv1d(f"{name}.down", channels, 2 * channels, 2 * ratio, stride=ratio))
            channels *= 2
        self.last = StreamingConv1d("encode.last", channels, sizes.dim, sizes.last_kernel)

    def forward(self, audio: Tensor, carry: Carry) -> Tensor:
        """Return `[batch, dim, samples / ∏ratios]` for `audio` `[batch, 1, samples]`."""
        x = self.first(audio, carry)
        for units, down in zip(self.units, self.downs, strict=True):
            x = through(units, x, carry)
            x = down(self.activate(x), carry)
        return self.last(self.activate(x), carry)


class SeanetDecoder(nn.Module):
    """Latents at the transformer's rate to a waveform; channels halve with every stage."""

    def __init__(self, sizes: AudioSizes) -> None:
        super().__init__()
        channels = sizes.filters * 2 ** len(sizes.ratios)
        self.activate = _activate(sizes)
        self.first = StreamingConv1d("decode.first", sizes.dim, channels, sizes.kernel)
        self.ups, self.units = nn.ModuleList(), nn.ModuleList()
        for stage, ratio in enumerate(sizes.ratios):
            name = f"decode.stage{stage}"
            self.ups.append(StreamingConvTranspose1d(f"{name}.up", channels, channels // 2, ratio))
            channels //= 2
            self.units.append(residual_units(name, channels, sizes))
        self.last = StreamingConv1d("decode.last", channels, 1, sizes.last_kernel)

    def features(self, latent: Tensor, carry: Carry) -> Tensor:
        """Return `[batch, filters, time * ∏ratios]`, what the last convolution reads."""
        x = self.first(latent, carry)
        for up, units in zip(self.ups, self.units, strict=True):
            x = up(self.activate(x), carry)
            x = through(units, x, carry)
        return self.activate(x)

    def sound(self, features: Tensor, carry: Carry) -> Tensor:
        """Return audio `[batch, 1, time * ∏ratios]` for what `features` returned."""
        return self.last(features, carry)

    def forward(self, latent: Tensor, carry: Carry) -> Tensor:
        """Return audio `[batch, 1, time * ∏ratios]` for `latent` `[batch, dim, time]`."""
        return self.sound(self.features(latent, carry), carry)

    def settle(self) -> None:
        """Let seeded weights speak within [-1, 1]."""
        self.last.conv.weight.data *= LOUDNESS
