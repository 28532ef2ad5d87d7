"""What the backends share that compile with torch: an executable over tensors, and whether there is a compiler."""

from __future__ import annotations

import importlib.util
import platform
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from josie_bench.backends import Array, EngineSource
from josie_bench.errors import UnavailableError
from josie_bench.terms.signature import Signature

COMPILER = "g++"


def lacks() -> UnavailableError | None:
    """Return why torch cannot compile here, or None."""
    if importlib.util.find_spec("torch") is None:
        return UnavailableError("torch is not installed", mend="pip install torch")
    if shutil.which(COMPILER) is None:
        return UnavailableError(f"no C++ compiler: {COMPILER} is not on the PATH", mend="apt-get install g++")
    return None


@cache
def compiled_with() -> dict[str, str]:
    """Return what decides the code that is made: torch, the C++ compiler and what the processor can do.

    The code is for this very processor; a store that moves to another must not offer it there.
    """
    return {"torch": version("torch"), COMPILER: _compiler_version(), "processor": _processor()}


def _compiler_version() -> str:
    if shutil.which(COMPILER) is None:
        return "absent"
    told = subprocess.run([COMPILER, "-dumpfullversion"], capture_output=True, text=True, check=False)
    return told.stdout.strip() or "unknown"


def _processor() -> str:
    """Return a digest of the processor's instruction sets."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or "unknown"
    flags = next((line for line in lines if line.startswith(("flags", "Features"))), "")
    return sha256(" ".join(sorted(flags.partition(":")[2].split())).encode()).hexdigest()[:16]


class TensorExecutable:
    """A function of input and state tensors, and the state of its sessions.

    Compiled code takes its arguments to lie as the traced ones did, unseen (an ahead-of-time package) or seen and then
    compiled anew (in the process). What the model carries is often a view of something longer: it is packed first.
    """

    def __init__(self, source: EngineSource, function: Callable[..., Any]) -> None:
        import torch

        self._torch = torch
        self._function = function
        self._batch = source.batch
        self.signature = source.signature
        self._state: tuple[Any, ...] = self._zero_state()
        self._before = self._state
        self._strides = tuple(tensor.stride() for tensor in self._state)

    def step(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """Return the outputs by name for the inputs by name; the state moves on."""
        tensors = [self._torch.from_numpy(np.ascontiguousarray(inputs[spec.name])) for spec in self.signature.inputs]
        with self._torch.inference_mode():
            results = self._function(*tensors, *self._state)
            outputs = len(self.signature.outputs)
            packed = tuple(map(self._packed, results[outputs:], self._strides))
        self._before, self._state = self._state, packed
        return {
            spec.name: tensor.numpy() for spec, tensor in zip(self.signature.outputs, results[:outputs], strict=True)
        }

    def _packed(self, tensor: Any, strides: tuple[int, ...]) -> Any:
        """Return the tensor, a copy only where it does not lie packed; strides of axes of length 1 count too."""
        return tensor if tensor.stride() == strides else tensor.clone(memory_format=self._torch.contiguous_format)

    def reset(self) -> None:
        """Return to the state at the start of a session."""
        self._state = self._before = self._zero_state()

    def _zero_state(self) -> tuple[Any, ...]:
        with self._torch.inference_mode():
            return tuple(
                self._torch.zeros(spec.shape({"batch": self._batch}), dtype=getattr(self._torch, spec.dtype))
                for spec in self.signature.state
            )

    def fork(self) -> TensorExecutable:
        """Return the same engine with a state of its own."""
        other = copy(self)
        other.reset()
        return other

    def undo(self) -> None:
        """Return to the state before the last step: tensors of a step are never written again."""
        self._state = self._before

    def state(self, *names: str) -> dict[str, Array]:
        """Return what the next step will read, by name: these tensors, or all."""
        return shown_state(self.signature, self._state, names)


def shown_state(signature: Signature, tensors: Sequence[Any], names: Sequence[str]) -> dict[str, Array]:
    """Return state on the host by name, floats as FP32: of these names, or all.

    Args:
        signature: whose state they are, in its order.
        tensors: of torch, on the CPU.
        names: that are wanted; all if there is none.

    Raises:
        KeyError: a name is none of the state's.
    """
    found = {spec.name: tensor for spec, tensor in zip(signature.state, tensors, strict=True)}
    return {
        name: (found[name].float() if found[name].is_floating_point() else found[name]).numpy()
        for name in names or found
    }
