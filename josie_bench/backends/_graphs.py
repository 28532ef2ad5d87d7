"""Components that PyTorch can call, as CUDA graphs: one by one, or two in one graph. Never run on a GPU."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from josie_bench.backends import FRAME, EngineSource, Executable, HandOn
from josie_bench.backends._device import Device, DeviceExecutable, Run, Tensors
from josie_bench.terms.signature import Signature

Work = Callable[[Tensors, Tensors, Tensors], Tensors]


class GraphExecutable(DeviceExecutable):
    """A component whose work is captured for each shape of input and each set of state.

    Args:
        source: with signature and batch.
        device: where it computes.
        work: takes inputs, the state that is read and the tensors that the new state is written to; returns the
            outputs by name.
        sets: both sets of state, where they are another's too; made if absent.
    """

    def __init__(
        self, source: EngineSource, device: Device, work: Work, sets: list[dict[str, Any]] | None = None
    ) -> None:
        def bind(placed: Tensors, read: Tensors, written: Tensors) -> Run:
            return device.capture(partial(work, placed, read, written))

        super().__init__(source, device, bind, sets=sets)
        self._work = work

    def _anew(self) -> GraphExecutable:
        return GraphExecutable(self._source, self._device, self._work)

    def fused_with(self, second: Executable, hand_on: HandOn) -> GraphExecutable:
        """Return this component and the one behind it as one graph; see `backends.Fusible`."""
        assert isinstance(second, GraphExecutable), "suites refuse others"
        assert not second.signature.state, "one that lasts from frame to frame would have to be shared as well"
        own, others = self.signature, second.signature
        kept = tuple(spec for spec in others.inputs if spec.name not in hand_on)
        signature = Signature(inputs=own.inputs + kept, state=own.state, outputs=own.outputs + others.outputs)
        first_work, second_work = self._work, second._work

        def work(placed: Tensors, read: Tensors, written: Tensors) -> Tensors:
            outputs = first_work(placed, read, written)
            handed = {name: make(outputs) for name, make in hand_on.items()}
            return {**outputs, **second_work({**placed, **handed}, {}, {})}

        source = replace(self._source, component=FRAME, signature=signature)
        fused = GraphExecutable(source, self._device, work, self._sets)
        fused.warm_up()
        return fused


def captured(source: EngineSource, device: Device, module: Callable[..., Any]) -> GraphExecutable:
    """Return what a PyTorch component or package computes, with the usual shapes captured."""
    executable = GraphExecutable(source, device, partial(compute, module, source.signature))
    executable.warm_up()
    return executable


def module_on(device: Device, source: EngineSource) -> Any:
    """Return the source's PyTorch component on the device."""
    import torch

    assert source.module is not None
    torch.set_num_threads(source.threads)
    with device.at_work():
        return source.module().to(device.place)


def compute(module: Any, signature: Signature, placed: Tensors, read: Tensors, written: Tensors) -> Tensors:
    """Return the outputs of a PyTorch component by name; its new state is written to where `written` lies."""
    results = module(*(placed[spec.name] for spec in signature.inputs), *(read[spec.name] for spec in signature.state))
    count = len(signature.outputs)
    for spec, tensor in zip(signature.state, results[count:], strict=True):
        written[spec.name].copy_(tensor)
    return {spec.name: tensor for spec, tensor in zip(signature.outputs, results[:count], strict=True)}
