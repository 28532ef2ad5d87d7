"""Rings that begin small and grow with what comes, up to their full size.

As long as no position was dropped, a position lies at its own number, so that a larger ring holds the same positions at
the same places, with empty ones behind them.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from josie_bench.model.layers.carry import Component
from josie_bench.model.layers.key_value_ring import KeyValueRing, RingClock
from josie_bench.terms.allocation import grown


class GrowingRings:
    """The rings of one component, twice as large each time they are full.

    Args:
        component: whose rings they are; it runs over small ones from now on.
    """

    def __init__(self, component: Component) -> None:
        parts = list(component.modules())
        self._component = component
        self._clock = next((part for part in parts if isinstance(part, RingClock)), None)
        self._rings = [part for part in parts if isinstance(part, KeyValueRing)]
        self._holders = [part for part in parts if isinstance(part, Component)]
        self._full = () if self._clock is None else self._clock.capacities
        self.shrink()

    def shrink(self) -> None:
        """Make the rings small again: a session starts, and its state is made anew."""
        self._resize(tuple(grown(full, 0) for full in self._full))

    def _resize(self, capacities: tuple[int, ...]) -> None:
        if self._clock is None:
            return
        self._clock.resize(capacities)
        for ring in self._rings:
            ring.slots = self._clock.slots
        for holder in self._holders:
            holder.forget_signature()
        self._names = [spec.name for spec in self._component.signature().state]

    def enlarged(self, before: Sequence[Tensor], after: Sequence[Tensor]) -> tuple[Tensor, ...] | None:
        """Return the state before a step with room for what the step brings; None where there was room.

        The rings are larger then, and the step is to be taken again: what it wrote is of no use.

        Args:
            before: the state that the step read, in the signature's order.
            after: the one it made.
        """
        if self._clock is None:
            return None
        names = self._names
        counts = after[names.index(f"{self._clock.name}.count")].amax(dim=0).tolist()
        old = self._clock.capacities
        new = tuple(grown(full, max(count, held)) for full, count, held in zip(self._full, counts, old, strict=True))
        if new == old:
            return None
        axes = {f"{self._clock.name}.held": 1}
        axes |= {f"{ring.name}.{part}": 2 for ring in self._rings for part in ("keys", "values")}
        self._resize(new)
        return tuple(
            _spread(tensor, axes[name], old, new) if name in axes else tensor
            for name, tensor in zip(names, before, strict=True)
        )


def _spread(tensor: Tensor, axis: int, old: Sequence[int], new: Sequence[int]) -> Tensor:
    """Return the tensor with zeros behind each kind's places, and the one that is never read at the end."""
    pieces = []
    for region, wanted, held in zip(tensor.split([*old, 1], dim=axis), (*new, 1), (*old, 1), strict=True):
        shape = list(region.shape)
        shape[axis] = wanted - held
        pieces += [region, region.new_zeros(shape)]
    return torch.cat(pieces, dim=axis)
