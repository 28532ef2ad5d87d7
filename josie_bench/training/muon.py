"""Muon: momentum whose every step is made orthogonal, for matrices; AdamW keeps the rest.

Jordan et al., "Muon: An optimizer for hidden layers in neural networks" (2024). PyTorch's own takes matrices alone;
here a convolution's kernel is one, its rows the channels that come out.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn

MOMENTUM = 0.95
NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)  # coefficients of the quintic, from the publication
ITERATIONS = 5
SCALE = 0.8  # of a step of unit spectral norm
DECAY = 3e-3
SMALLEST_SIDE = 48  # a matrix with a shorter side is left to AdamW


class Muon(torch.optim.Optimizer):
    """Moves each matrix by the nearest orthogonal one to its momentum, times lr · `SCALE` · √(longer side)."""

    def __init__(self, parameters: Iterable[nn.Parameter], lr: float) -> None:
        super().__init__(parameters, {"lr": lr})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        """Take one step."""
        assert closure is None
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    self._move(parameter, group["lr"])

    def _move(self, parameter: nn.Parameter, lr: float) -> None:
        state = self.state[parameter]
        if "momentum" not in state:
            state["momentum"] = torch.zeros_like(parameter)
        momentum: Tensor = state["momentum"]
        assert parameter.grad is not None
        momentum.lerp_(parameter.grad, 1 - MOMENTUM)
        direction = parameter.grad.lerp(momentum, MOMENTUM).flatten(1)
        moved = orthogonal(direction).reshape(parameter.shape)
        parameter.mul_(1 - lr * DECAY).add_(moved, alpha=-lr * SCALE * max(direction.shape) ** 0.5)


def orthogonal(matrix: Tensor) -> Tensor:
    """Return a matrix with the singular vectors of `matrix` `[rows, columns]` and singular values near 1."""
    first, second, third = NEWTON_SCHULZ
    is_tall = matrix.shape[0] > matrix.shape[1]
    x = (matrix.T if is_tall else matrix).bfloat16()
    x = x / (x.norm() + 1e-7)
    for _ in range(ITERATIONS):
        square = x @ x.T
        x = first * x + (second * square + third * square @ square) @ x
    found: Tensor = (x.T if is_tall else x).to(matrix.dtype)
    return found


def optimizers(module: nn.Module, lr: float) -> list[torch.optim.Optimizer]:
    """Return Muon for the module's large matrices and AdamW for all its other parameters that learn, tables too."""
    tables = {id(part.weight) for part in module.modules() if isinstance(part, nn.Embedding)}
    matrices: list[nn.Parameter] = []
    rest: list[nn.Parameter] = []
    for parameter in module.parameters():
        if parameter.requires_grad:
            is_matrix = parameter.ndim > 1 and min(parameter.shape[0], parameter[0].numel()) >= SMALLEST_SIDE
            (matrices if is_matrix and id(parameter) not in tables else rest).append(parameter)
    found: list[torch.optim.Optimizer] = []
    if rest:
        found.append(torch.optim.AdamW(rest, lr=lr, betas=(0.9, 0.98), weight_decay=0.01))
    if matrices:
        found.append(Muon(matrices, lr))
    return found
