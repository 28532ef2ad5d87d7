"""A backend is one way to run a component.

Every member file offers:

- `SUMMARY`: one line for `josie-bench list`.
- `PRECISIONS`: what it can be asked for.
- `NEEDS_MODEL`: whether it runs the PyTorch component itself (`eager`) instead of a file on disk.
- `NEEDS_GRAPH`: whether `build` takes the exported graph.
- `IMPORTS`: the libraries it computes with.
- `unavailable() -> UnavailableError | None`: why it cannot run here, or None.
- `versions() -> dict[str, str]`: of the libraries that decide what an engine is.
- `build(component, graph, folder, precision)`: write an engine from the exported graph into `folder`.
- `load(source) -> Executable`: an engine ready to run.

Arrays at the border are numpy's; state stays inside the executable, so that copying it through the host is nobody's
default.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from josie_bench.terms.signature import Signature

Array = NDArray[Any]


class Executable(Protocol):
    """An engine, loaded, with the state of its sessions."""

    signature: Signature

    def step(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """Return the outputs by name for the inputs by name; the state moves on."""
        ...

    def reset(self) -> None:
        """Return to the state at the start of a session."""
        ...

    def undo(self) -> None:
        """Return to the state before the last step; once for each step."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineSource:
    """What an executable is loaded from.

    Attributes:
        component: its name.
        signature: its named tensors.
        folder: where `build` wrote; None for backends that run the PyTorch component itself.
        module: makes that PyTorch component; only backends with NEEDS_MODEL call it.
        threads: how many threads may compute.
        batch: how many sessions step together.
    """

    component: str
    signature: Signature
    folder: Path | None
    module: Callable[[], Any] | None
    threads: int
    batch: int = 1


def zero_state(signature: Signature, batch: int = 1) -> dict[str, Array]:
    """Return the state at the start of a session: zeros, by name."""
    return {spec.name: np.zeros(spec.shape({"batch": batch}), dtype=spec.dtype) for spec in signature.state}
