"""What a component carries from one step to the next: named tensors in, named tensors out, nothing kept inside.

Every state tensor is zero at the start of a session, so that any runtime can make it from its shape alone.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from josie_bench.terms.signature import Signature, TensorSpec


class Carry:
    """The state of one step: `old` is read, `new` is filled; both by the names of the signature.

    Attributes:
        is_running: bool `[batch]`, which slots of the batch take this step; None where all do.
    """

    def __init__(self, old: Mapping[str, Tensor], *, is_running: Tensor | None = None) -> None:
        self.old = old
        self.is_running = is_running
        self.new: dict[str, Tensor] = {}


class Stateful(nn.Module):
    """A layer with state of its own under `name`; `state_specs` says what it carries."""

    name: str

    def state_specs(self) -> tuple[TensorSpec, ...]:
        """Return the tensors this layer carries, batch first."""
        raise NotImplementedError


class Component(nn.Module):
    """A part of the model that is compiled by itself: a pure function of inputs and state.

    `forward` takes all input tensors, then all state tensors, in the signature's order, and returns all output
    tensors, then all new state tensors. Nothing is mutated, so a graph exporter sees plain data flow.
    """

    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]

    _signature: Signature | None = None

    def signature(self) -> Signature:
        """Return the component's named tensors; gathered once, since every step asks."""
        if self._signature is None:
            state = [spec for layer in self.modules() if isinstance(layer, Stateful) for spec in layer.state_specs()]
            self._signature = Signature(inputs=self.inputs, state=tuple(state), outputs=self.outputs)
        return self._signature

    def forget_signature(self) -> None:
        """Let the named tensors be gathered anew: what a layer carries has changed its size."""
        self._signature = None

    def step(self, inputs: dict[str, Tensor], carry: Carry) -> dict[str, Tensor]:
        """Return the outputs by name; the new state goes into `carry.new`."""
        raise NotImplementedError

    def forward(self, *tensors: Tensor) -> tuple[Tensor, ...]:
        """Return outputs and new state for inputs and old state, all in the signature's order."""
        signature = self.signature()
        split = len(signature.inputs)
        inputs = {spec.name: tensor for spec, tensor in zip(signature.inputs, tensors[:split], strict=True)}
        carry = Carry({spec.name: tensor for spec, tensor in zip(signature.state, tensors[split:], strict=True)})
        outputs = self.step(inputs, carry)
        return (
            *(outputs[spec.name] for spec in signature.outputs),
            *(carry.new[spec.name] for spec in signature.state),
        )

    def fresh_carry(self, batch: int = 1) -> Carry:
        """Return the carry of the first step of `batch` sessions, for those who call a component's parts by name."""
        specs = self.signature().state
        return Carry({spec.name: tensor for spec, tensor in zip(specs, self.zero_state(batch), strict=True)})

    def zero_state(self, batch: int = 1) -> tuple[Tensor, ...]:
        """Return the state at the start of `batch` sessions, in the signature's order."""
        device = next(self.parameters()).device
        return tuple(
            torch.zeros(spec.shape({"batch": batch}), dtype=getattr(torch, spec.dtype), device=device)
            for spec in self.signature().state
        )
