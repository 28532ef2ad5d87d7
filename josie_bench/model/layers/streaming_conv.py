"""Causal convolutions that continue where the last step ended (paper section 6.2, f_t = Σ w_i x_{t−d·i})."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from josie_bench.model.layers.carry import Carry, Stateful
from josie_bench.terms.signature import TensorSpec


class StreamingConv1d(Stateful):
    """A causal convolution `[batch, channels, time]`; carries the (k−1)·d+1−s samples before the next step.

    The input's length must be a multiple of the stride.

    Args:
        repeats_first: a session's first value stands for all before it; else zeros do.
    """

    def __init__(
        self,
        name: str,
        channels: int,
        out: int,
        kernel: int,
        *,
        dilation: int = 1,
        stride: int = 1,
        bias: bool = True,
        repeats_first: bool = False,
    ) -> None:
        super().__init__()
        self.name = name
        self.channels = channels
        self.context = (kernel - 1) * dilation + 1 - stride
        self.repeats_first = repeats_first
        self.conv = nn.Conv1d(channels, out, kernel, stride=stride, dilation=dilation, bias=bias)

    def state_specs(self) -> tuple[TensorSpec, ...]:
        """Return the left context, none for a pointwise convolution, and 1 once a session has begun if that counts."""
        if not self.context:
            return ()
        before = TensorSpec(name=self.name, dtype="float32", axes=("batch", self.channels, self.context))
        begun = TensorSpec(name=f"{self.name}.begun", dtype="float32", axes=("batch", 1, 1))
        return (before, begun) if self.repeats_first else (before,)

    def forward(self, x: Tensor, carry: Carry) -> Tensor:
        """Return `[batch, out, time / stride]` for `x` `[batch, channels, time]`."""
        if not self.context:
            return self.conv(x)
        before = carry.old[self.name]
        if self.repeats_first:
            begun = carry.old[f"{self.name}.begun"]
            before = torch.where(begun > 0, before, x[..., :1])
            carry.new[f"{self.name}.begun"] = torch.ones_like(begun)
        seen = torch.cat((before, x), dim=-1)
        carry.new[self.name] = seen[..., -self.context :]
        return self.conv(seen)


class StreamingConvTranspose1d(Stateful):
    """A transposed convolution of kernel 2·stride; carries the half of its last output that the next step adds to.

    The bias is taken off the carried half, since the next step adds it again.

    Args:
        by_channel: each channel is convolved by itself.
    """

    def __init__(
        self, name: str, channels: int, out: int, stride: int, *, bias: bool = True, by_channel: bool = False
    ) -> None:
        super().__init__()
        self.name = name
        self.out = out
        self.stride = stride
        groups = channels if by_channel else 1
        self.conv = nn.ConvTranspose1d(channels, out, 2 * stride, stride=stride, bias=bias, groups=groups)

    def state_specs(self) -> tuple[TensorSpec, ...]:
        """Return the overlap."""
        return (TensorSpec(name=self.name, dtype="float32", axes=("batch", self.out, self.stride)),)

    def forward(self, x: Tensor, carry: Carry) -> Tensor:
        """Return `[batch, out, time * stride]` for `x` `[batch, channels, time]`."""
        y = self.conv(x)
        bias = self.conv.bias
        head = y[..., : self.stride] + carry.old[self.name]
        tail = y[..., -self.stride :]
        carry.new[self.name] = tail if bias is None else tail - bias[:, None]
        return torch.cat((head, y[..., self.stride : -self.stride]), dim=-1)
