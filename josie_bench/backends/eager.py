"""`eager`: the PyTorch component as it is. Every other backend is held against it."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from copy import copy
from importlib.metadata import version
from typing import Any

from josie_bench.backends import Array, EngineJob, EngineSource
from josie_bench.backends._tensors import shown_state
from josie_bench.backends._torch_profile import watched_on_cpu
from josie_bench.backends._watched import Watched
from josie_bench.errors import UnavailableError
from josie_bench.terms.allocation import DYNAMIC, STATIC

SUMMARY = "the PyTorch reference, operator by operator"
PRECISIONS = ("fp32", "fp16", "bf16")
NEEDS_MODEL = True
IMPORTS: tuple[str, ...] = ("torch",)
GRAPHS: dict[str, str] = {}
CALIBRATED: tuple[str, ...] = ()
QUANTIZED: dict[str, str] = {}
TARGETS: tuple[str, ...] = ()
SLOTS = PRECISIONS
ALLOCATIONS = (STATIC, DYNAMIC)  # rings at their full size, or as large as what they hold


def unavailable() -> UnavailableError | None:
    """Return why PyTorch cannot be used, or None."""
    if importlib.util.find_spec("torch") is None:
        return UnavailableError("torch is not installed", mend="pip install torch")
    return None


def versions() -> dict[str, str]:
    """Return PyTorch's version."""
    return {"torch": version("torch")}


def build(job: EngineJob) -> None:
    """Write nothing: the component is made from its sizes and seed."""


class EagerExecutable:
    """A PyTorch component and its state."""

    def __init__(self, source: EngineSource) -> None:
        import torch  # a run without this backend loads no torch

        torch.set_num_threads(source.threads)
        assert source.module is not None
        self._torch = torch
        self._module: Any = source.module()
        self.signature = source.signature
        self._batch = source.batch
        self._rings: Any = None
        if source.allocation == DYNAMIC:
            assert source.grow is not None
            self._rings = source.grow(self._module)
        self._state: tuple[Any, ...] = self._module.zero_state(self._batch)
        self._before = self._state

    @property
    def module(self) -> Any:
        """The PyTorch component."""
        return self._module

    def step(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """Return the outputs by name for the inputs by name; the state moves on."""
        tensors = [self._torch.from_numpy(inputs[spec.name]) for spec in self.signature.inputs]
        self._before = self._state
        outputs = len(self.signature.outputs)
        with self._torch.inference_mode():
            results = self._module(*tensors, *self._before)
            while self._rings and (larger := self._rings.enlarged(self._before, results[outputs:])) is not None:
                self._before = larger
                results = self._module(*tensors, *larger)
            self._state = tuple(map(_alone, results[outputs:]))
        return {
            spec.name: tensor.numpy() for spec, tensor in zip(self.signature.outputs, results[:outputs], strict=True)
        }

    def reset(self) -> None:
        """Return to the state at the start of a session."""
        if self._rings is not None:
            self._rings.shrink()
        self._state = self._before = self._module.zero_state(self._batch)

    def fork(self) -> EagerExecutable:
        """Return the same component with a state of its own; rings that grow are one size for all, so there is none."""
        assert self._rings is None, "a case of several sessions has static allocation"
        other = copy(self)
        other.reset()
        return other

    def state(self, *names: str) -> dict[str, Array]:
        """Return what the next step will read, by name: these tensors, or all."""
        return shown_state(self.signature, self._state, names)

    def undo(self) -> None:
        """Return to the state before the last step: tensors of a step are never written again."""
        self._state = self._before


def _alone(tensor: Any) -> Any:
    """Return the tensor, copied where it is a view: the tail of a convolution would keep its whole input alive."""
    return tensor if tensor.untyped_storage().nbytes() == tensor.nbytes else tensor.clone()


def load(source: EngineSource) -> EagerExecutable:
    """Return the component, ready to run."""
    return EagerExecutable(source)


def observe(source: EngineSource) -> Watched:
    """Return the component, whose operators PyTorch's profiler watches."""
    return watched_on_cpu(load(source))
