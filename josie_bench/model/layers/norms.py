"""Norms, computed in FP32 at least: at 16 bits a sum of squares overflows or loses its tail."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor, nn

RMS_EPS = 1e-6
LAYER_NORM_EPS = 1e-5


def at_least_fp32(x: Tensor) -> Tensor:
    """Return `x` in FP32, or as it is where it is wider."""
    return x.to(torch.promote_types(x.dtype, torch.float32))


def unrounded(x: Tensor) -> AbstractContextManager[object]:
    """Keep an autocast, under which a training may run, off what is computed where `x` lies."""
    device = x.device.type
    is_on = torch.amp.is_autocast_available(device) and torch.is_autocast_enabled(device)
    return torch.autocast(device, enabled=False) if is_on else nullcontext()


class RmsNorm(nn.Module):
    """weight · x / √(mean(x²) + ε) over the last axis."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(dim))

    def forward(self, x: Tensor) -> Tensor:
        """Return `[…, dim]`."""
        wide = at_least_fp32(x)
        scaled = wide * torch.rsqrt(wide.square().mean(-1, keepdim=True) + RMS_EPS)
        return (scaled * self.weight).to(x.dtype)


class LayerNorm(nn.Module):
    """weight · (x − mean(x)) / √(var(x) + ε) + bias over the last axis."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(dim))
        self.bias = nn.Parameter(torch.zeros(dim))

    def forward(self, x: Tensor) -> Tensor:
        """Return `[…, dim]`."""
        wide = at_least_fp32(x)
        centred = wide - wide.mean(-1, keepdim=True)
        scaled = centred * torch.rsqrt(centred.square().mean(-1, keepdim=True) + LAYER_NORM_EPS)
        return (scaled * self.weight + self.bias).to(x.dtype)


def make_norm(kind: str, dim: int) -> nn.Module:
    """Return a norm over the last axis: `rms`, `layer` (with bias), or `none`, which passes on what comes."""
    if kind == "none":
        return nn.Identity()
    return RmsNorm(dim) if kind == "rms" else LayerNorm(dim)
