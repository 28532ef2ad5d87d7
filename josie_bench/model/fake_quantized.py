"""A component in FP32 whose products with weights are rounded as INT8 or FP8 would: what these cost at least.

The rule is that of the engines: a product is taken if its right side is weights and it decides no code, so attention,
convolutions, the search for the nearest code and the product that leads there stay FP32. Weights are symmetric with a
scale for each output channel, activations symmetric with one scale for the whole tensor, found at each call. A weight
that is also looked up, such as the text table, is rounded where it multiplies and whole where it is read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.overrides import TorchFunctionMode

from josie_bench.model.layers.carry import Carry, Component
from josie_bench.model.layers.vector_quantizer import ResidualQuantizer
from josie_bench.terms.signature import Signature

MOST = 127  # −128 is left out, so that the range is symmetric
MOST_FP8 = 448.0  # the largest number of E4M3
MULTIPLIES = (torch.matmul, Tensor.matmul, Tensor.__matmul__)


def in_steps(x: Tensor, most: Tensor) -> Tensor:
    """Return `x` in steps of `most` / 127; what it is of 0 stays 0."""
    step = torch.where(most > 0.0, most / MOST, torch.ones_like(most))
    return (x / step).round().clamp(-MOST, MOST) * step


def in_floats(x: Tensor, most: Tensor) -> Tensor:
    """Return `x` in the numbers of FP8 (E4M3), scaled so that `most` is the largest of them."""
    scale = torch.where(most > 0.0, most / MOST_FP8, torch.ones_like(most))
    held = (x / scale).clamp(-MOST_FP8, MOST_FP8).to(torch.float8_e4m3fn)
    return held.to(x.dtype) * scale


Rounder = Callable[[Tensor, Tensor], Tensor]
ROUNDERS: dict[str, Rounder] = {"int8": in_steps, "fp8": in_floats}


def rounded(x: Tensor, rounder: Rounder = in_steps) -> Tensor:
    """Return `x` rounded with one scale for the whole tensor, by its largest number."""
    return rounder(x, x.abs().amax())


def rounded_by_channel(weight: Tensor, rounder: Rounder = in_steps) -> Tensor:
    """Return a weight `[out, in]` rounded with a scale for each row, by its largest number."""
    return rounder(weight, weight.abs().amax(dim=1, keepdim=True))


class RoundedProducts(TorchFunctionMode):
    """While entered, products with the weights it knows are computed from rounded weights and activations.

    Args:
        weights: of two axes each, `[out, in]`.
        rounder: how, one of `ROUNDERS`.

    Attributes:
        count: how many products were rounded so far.
    """

    def __init__(self, weights: list[Tensor], rounder: Rounder = in_steps) -> None:
        super().__init__()
        self.count = 0
        self._rounder = rounder
        # By where they lie: a transposed view is the same weight. Each is held, so that no other comes to lie there.
        self._rounded = {
            weight.data_ptr(): (weight, rounded_by_channel(weight.detach(), rounder)) for weight in weights
        }

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Return what `func` gives, of rounded tensors where it is a product with weights."""
        if func is F.linear and (rounded_weight := self._find(args[1])) is not None:
            return func(rounded(args[0], self._rounder), rounded_weight, *args[2:], **(kwargs or {}))
        if func in MULTIPLIES and (rounded_weight := self._find(args[1])) is not None:
            return func(rounded(args[0], self._rounder), rounded_weight.T)
        return func(*args, **(kwargs or {}))

    def _find(self, side: Tensor) -> Tensor | None:
        held = self._rounded.get(side.data_ptr())
        if held is None or side.numel() != held[0].numel():
            return None
        self.count += 1
        return held[1]


class FakeQuantized(Component):
    """A component, which it leaves as it is, with its products at `precision`, one of `ROUNDERS`."""

    def __init__(self, component: Component, precision: str = "int8") -> None:
        super().__init__()
        self.inputs, self.outputs = component.inputs, component.outputs
        self.component = component
        self._products = RoundedProducts(weights_of_products(component), ROUNDERS[precision])

    @property
    def rounded_products(self) -> int:
        """How many products were rounded so far."""
        return self._products.count

    def signature(self) -> Signature:
        """Return the component's named tensors: what comes in, goes out and is carried stays FP32."""
        return self.component.signature()

    def step(self, inputs: dict[str, Tensor], carry: Carry) -> dict[str, Tensor]:
        """Return the component's outputs."""
        with self._products:
            return self.component.step(inputs, carry)


def weights_of_products(component: Component) -> list[Tensor]:
    """Return the parameters of two axes, those that decide codes left out: what a product with weights multiplies with.

    The map into the code space decides codes where a component searches them, and multiplies nothing where it does not.
    """
    quantizers = [layer for layer in component.modules() if isinstance(layer, ResidualQuantizer)]
    deciding = {id(weight) for layer in quantizers for weight in (layer.codebooks, layer.inward.weight)}
    return [weight for weight in component.parameters() if weight.dim() == 2 and id(weight) not in deciding]
