"""Causal convolutions that continue where the last step ended (paper section 6.2, f_t = Σ w_i x_{t−d·i})."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from josie_bench.model.layers.carry import Carry, Stateful
from josie_bench.terms.signature import TensorSpec


class StreamingConv1d(Stateful):
    """A causal convolution `[batch, channels, time]`; carries the (k−1)·d+1−s samples before the next step.

    The input's length must be a multiple of the stride.
    """

    def __init__(self, name: str, channels: int, out: int, kernel: int, *, dilation: int = 1, stride: int = 1) -> None:
        super().__init__()
        self.name = name
        self.channels = channels
        self.context = (kernel - 1) * dilation + 1 - stride
        self.conv = nn.Conv1d(channels, out, kernel, stride=stride, dilation=dilation)

    def state_specs(self) -> tuple[TensorSpec, ...]:
        """Return the left context, none for a pointwise convolution."""
        if not self.context:
            return ()
        return (TensorSpec(name=self.name, dtype="float32", axes=("batch", self.channels, self.context)),)

    def forward(self, x: Tensor, carry: Carry) -> Tensor:
        """Return `[batch, out, time / stride]` for `x` `[batch, channels, time]`."""
        if not self.context:
            return self.conv(x)
        seen = torch.cat((carry.old[self.name], x), dim=-1)
        carry.new[self.name] = seen[..., -self.context :]
        return self.conv(seen)


class StreamingConvTranspose1d(Stateful):
    """A transposed convolution of kernel 2·stride; carries the half of its last output that the next step adds to.

    The bias is taken off the carried half, since the next step adds it again.
    """

    def __init__(self, name: str, channels: int, out: int, stride: int) -> None:
        super().__init__()
        self.name = name
        self.out = out
        self.stride = stride
        self.conv = nn.ConvTranspose1d(channels, out, 2 * stride, stride=stride)

    def state_specs(self) -> tuple[TensorSpec, ...]:
        """Return the overlap."""
        return (TensorSpec(name=self.name, dtype="float32", axes=("batch", self.out, self.stride)),)

    def forward(self, x: Tensor, carry: Carry) -> Tensor:
        """Return `[batch, out, time * stride]` for `x` `[batch, channels, time]`."""
        y = self.conv(x)
        bias = self.conv.bias
        assert bias is not None
        head = y[..., : self.stride] + carry.old[self.name]
        carry.new[self.name] = y[..., -self.stride :] - bias[:, None]
        return torch.cat((head, y[..., self.stride : -self.stride]), dim=-1)
