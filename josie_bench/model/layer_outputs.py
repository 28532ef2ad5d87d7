"""What each layer of a component hands on in one step: read from the outside, the component unchanged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import torch
from torch import Tensor, nn


def layer_outputs(component: nn.Module, run: Callable[[], Any]) -> dict[tuple[str, int], Tensor]:
    """Return what each layer below `component` gave while `run` ran, by its path and which call of it, from 1.

    Only layers that give one tensor of floats are there.
    """
    calls: Counter[str] = Counter()
    given: dict[tuple[str, int], Tensor] = {}

    def listen(path: str) -> Callable[[nn.Module, Any, Any], None]:
        def hook(_: nn.Module, __: Any, output: Any) -> None:
            calls[path] += 1
            if isinstance(output, Tensor) and output.is_floating_point():
                given[path, calls[path]] = output.detach()

        return hook

    with ExitStack() as stack, torch.inference_mode():
        for path, layer in component.named_modules():
            if path:
                stack.callback(layer.register_forward_hook(listen(path)).remove)
        run()
    return given
