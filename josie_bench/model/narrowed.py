"""A component at 16 bits, with norms, softmax, rotary angles and the search for codes in FP32.

What goes in and comes out stays FP32, so that components of different precisions fit together.
"""

from __future__ import annotations

import copy
from dataclasses import replace

import torch
from torch import Tensor, nn

from josie_bench.model.layers.carry import Carry, Component
from josie_bench.terms.signature import Signature

NARROW = {"fp16": "float16", "bf16": "bfloat16"}


class Narrowed(Component):
    """A copy of a component at `precision`, one of `NARROW`."""

    def __init__(self, component: Component, precision: str) -> None:
        super().__init__()
        self._dtype = NARROW[precision]
        self.inputs, self.outputs = component.inputs, component.outputs
        narrow = getattr(torch, self._dtype)
        # Copied first and narrowed then, the largest component of `josie-v4o` would take 6.6 GB more for a moment.
        narrowed = {
            id(wide): nn.Parameter(wide.to(narrow), requires_grad=wide.requires_grad) for wide in component.parameters()
        }
        self.component = copy.deepcopy(component, narrowed).to(narrow)

    def signature(self) -> Signature:
        """Return the component's named tensors; what it carries is as narrow as it is."""
        plain = self.component.signature()
        state = (replace(spec, dtype=self._dtype) if spec.dtype == "float32" else spec for spec in plain.state)
        return replace(plain, state=tuple(state))

    def step(self, inputs: dict[str, Tensor], carry: Carry) -> dict[str, Tensor]:
        """Return the outputs in FP32."""
        narrow = getattr(torch, self._dtype)
        given = {name: tensor.to(narrow) if tensor.is_floating_point() else tensor for name, tensor in inputs.items()}
        outputs = self.component.step(given, carry)
        return {name: tensor.float() if tensor.is_floating_point() else tensor for name, tensor in outputs.items()}


def at_precision(component: Component, precision: str) -> Component:
    """Return the component itself for FP32, else a copy at `precision`."""
    return component if precision == "fp32" else Narrowed(component, precision)
