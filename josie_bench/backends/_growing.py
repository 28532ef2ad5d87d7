"""A PyTorch component on a device with rings that begin small and double when they are full."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from josie_bench.backends import Array, EngineSource, Held
from josie_bench.backends._device import Device, DeviceExecutable, Tensors
from josie_bench.backends._graphs import compute


class GrowingExecutable(DeviceExecutable):
    """A component whose state is as large as what it holds; a step that finds no room is taken again over larger rings.

    Whether there was room only the device knows: the host waits for every step of a component that has rings.

    Args:
        source: with what lets the component's rings grow.
        device: where it computes.
        module: the component there.
    """

    def __init__(self, source: EngineSource, device: Device, module: Any) -> None:
        assert source.grow is not None
        self._module = module
        self._rings = source.grow(module)
        super().__init__(source, device, partial(partial, compute, module, source.signature))

    def _zero_state(self) -> dict[str, Any]:
        return self._device.zeros(self._module.signature().state, self._sizes)

    def _step(self, inputs: Mapping[str, Array | Held]) -> Tensors:
        placed = self._device.copy_in(self.signature.inputs, inputs)
        with self._device.spell(self._source.component):
            outputs = self._bound_to(placed)()
            while (larger := self._rings.enlarged(*(list(tensors.values()) for tensors in self._sets))) is not None:
                self._bound.clear()
                self._sets = [dict(zip(self._sets[0], larger, strict=True)), self._zero_state()]
                outputs = self._bound_to(placed)()
        self._sets.reverse()
        return outputs

    def reset(self) -> None:
        """Return to the state at the start of a session, with small rings."""
        self._rings.shrink()
        self._bound.clear()
        self._sets.clear()  # before new ones are made, which find their room
        with self._device.at_work():
            self._sets = self._zero_sets()

    def fork(self) -> DeviceExecutable:
        """Return nothing: rings that grow are one size for all, so that a case of several sessions has none."""
        raise AssertionError("a case of several sessions has static allocation")
