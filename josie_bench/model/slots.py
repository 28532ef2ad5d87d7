"""Slots: a batch of sessions that come and go, without a new graph.

Each slot of the batch may stand still while others run, and may begin anew. Key-value rings are never copied for this:
a slot that stands still writes into the ring's spare place, which nobody reads, and one that begins anew forgets which
places are filled.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from josie_bench.model.layers.carry import Carry, Component
from josie_bench.model.layers.key_value_ring import KeyValueRing
from josie_bench.terms.signature import RESET, RUNNING, Signature, TensorSpec


class Slotted(Component):
    """A component with two more inputs, bool `[batch]`: `reset` (begin anew before this step) and `running`.

    Outputs of a slot that does not run mean nothing.
    """

    def __init__(self, component: Component) -> None:
        super().__init__()
        self.component = component
        masks = tuple(TensorSpec(name=name, dtype="bool", axes=("batch",)) for name in (RESET, RUNNING))
        self.inputs = (*component.inputs, *masks)
        self.outputs = component.outputs
        rings = [layer for layer in component.modules() if isinstance(layer, KeyValueRing)]
        self._ring_names = frozenset(spec.name for ring in rings for spec in ring.state_specs())

    def signature(self) -> Signature:
        """Return the component's named tensors and the two masks; what it carries is as wide as it says."""
        return replace(self.component.signature(), inputs=self.inputs)

    def step(self, inputs: dict[str, Tensor], carry: Carry) -> dict[str, Tensor]:
        """Return the outputs; the state of a slot that does not run stays as it is."""
        reset, running = inputs[RESET], inputs[RUNNING]
        before = {
            name: tensor if name in self._ring_names else _where(reset, torch.zeros_like(tensor), tensor)
            for name, tensor in carry.old.items()
        }
        inner = Carry(before, is_running=running)
        outputs = self.component.step(inputs, inner)
        for name, new in inner.new.items():
            carry.new[name] = new if name in self._ring_names else _where(running, new, before[name])
        return outputs


def _where(mask: Tensor, chosen: Tensor, other: Tensor) -> Tensor:
    """Return `chosen` where bool `mask` `[batch]` holds, else `other`; both `[batch, …]`."""
    return torch.where(mask.view(-1, *(1,) * (other.ndim - 1)), chosen, other)
