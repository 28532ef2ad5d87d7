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


def _units(name: str, channels: int, sizes: AudioSizes) -> nn.ModuleList:
    return nn.ModuleList(
        ResidualUnit(f"{name}.unit{index}", channels, sizes, dilation) for index, dilation in enumerate(sizes.dilations)
    )


def _through(units: nn.Module, x: Tensor, carry: Carry) -> Tensor:
    assert isinstance(units, nn.ModuleList)
    for unit in units:
        x = unit(x, carry)
    return x


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
            self.units.append(_units(name, channels, sizes))
            self.downs.append(StreamingConv1d(f"{name}.down", channels, 2 * channels, 2 * ratio, stride=ratio))
            channels *= 2
        self.last = StreamingConv1d("encode.last", channels, sizes.dim, sizes.last_kernel)

    def forward(self, audio: Tensor, carry: Carry) -> Tensor:
        """Return `[batch, dim, samples / ∏ratios]` for `audio` `[batch, 1, samples]`."""
        x = self.first(audio, carry)
        for units, down in zip(self.units, self.downs, strict=True):
            x = _through(units, x, carry)
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
            self.units.append(_units(name, channels, sizes))
        self.last = StreamingConv1d("decode.last", channels, 1, sizes.last_kernel)

    def forward(self, latent: Tensor, carry: Carry) -> Tensor:
        """Return audio `[batch, 1, time * ∏ratios]` for `latent` `[batch, dim, time]`."""
        x = self.first(latent, carry)
        for up, units in zip(self.ups, self.units, strict=True):
            x = up(self.activate(x), carry)
            x = _through(units, x, carry)
        return self.last(self.activate(x), carry)
