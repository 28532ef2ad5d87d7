"""Seeded weights changed so that a mistake shows: as drawn, attention is nearly flat, norms are 1 and some biases 0."""

from __future__ import annotations

import torch

SHARP = 8.0  # times the seeded queries: scores then spread by about 2.5, so a wrong angle or key tells


def sharpen(module):
    """Sharpen attention, and redraw gains of norms and biases of convolutions; return the module."""
    draw = torch.Generator().manual_seed(7)
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            noise = torch.rand(parameter.shape, generator=draw).to(parameter.dtype)
            if name.endswith("query.weight"):
                parameter.mul_(SHARP)
            elif name.endswith("qkv.weight"):
                parameter[: len(parameter) // 3].mul_(SHARP)
            elif name.endswith("norm.weight"):
                parameter.copy_(0.5 + noise)
            elif name.endswith("conv.bias"):
                parameter.copy_(0.2 * noise - 0.1)
    return module
