"""`null`: returns at once, zeros of the right shape. What is then left is the harness's own time."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from josie_bench.backends import Array, EngineJob, EngineSource, zero_state
from josie_bench.errors import UnavailableError
from josie_bench.terms.signature import Signature

SUMMARY = "returns at once: the harness's own overhead"
PRECISIONS = ("fp32",)
NEEDS_MODEL = False
IMPORTS: tuple[str, ...] = ()
GRAPHS: dict[str, str] = {}
CALIBRATED: tuple[str, ...] = ()
QUANTIZED: dict[str, str] = {}
TARGETS: tuple[str, ...] = ()


def unavailable() -> UnavailableError | None:
    """Return None: it runs everywhere."""
    return None


def versions() -> dict[str, str]:
    """Return nothing: no library decides what it does."""
    return {}


def build(job: EngineJob) -> None:
    """Write nothing."""


class NullExecutable:
    """Zeros for every output."""

    def __init__(self, signature: Signature, batch: int) -> None:
        self.signature = signature
        self._batch = batch

    def step(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """Return zeros of the outputs' shapes."""
        sizes: dict[str, int] = {}
        for spec in self.signature.inputs:
            sizes |= spec.sizes_of(inputs[spec.name].shape)
        return {spec.name: np.zeros(spec.shape(sizes), dtype=spec.dtype) for spec in self.signature.outputs}

    def reset(self) -> None:
        """Do nothing: there is no state."""

    def undo(self) -> None:
        """Do nothing: there is no state."""

    def state(self) -> dict[str, Array]:
        """Return zeros: there is no state."""
        return zero_state(self.signature, self._batch)


def load(source: EngineSource) -> NullExecutable:
    """Return an executable that answers with zeros."""
    return NullExecutable(source.signature, source.batch)
