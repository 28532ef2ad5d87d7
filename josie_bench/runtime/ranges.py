"""NVTX ranges around an engine's calls, so that another profiler of the GPU shows which component a kernel is of."""

from __future__ import annotations

from collections.abc import Mapping

from josie_bench.backends import Array, Executable
from josie_bench.errors import UnavailableError


class Ranged:
    """An engine whose calls are marked by its component's name. Never run on a GPU."""

    def __init__(self, component: str, inner: Executable) -> None:
        self.signature = inner.signature
        self._component = component
        self._inner = inner

    def step(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """Return the outputs by name for the inputs by name; the state moves on."""
        from torch.cuda import nvtx

        with nvtx.range(self._component):
            return self._inner.step(inputs)

    def reset(self) -> None:
        """Return to the state at the start of a session."""
        self._inner.reset()

    def undo(self) -> None:
        """Return to the state before the last step."""
        self._inner.undo()

    def state(self, *names: str) -> dict[str, Array]:
        """Return what the next step will read, by name: these tensors, or all."""
        return self._inner.state(*names)


def lacks_ranges() -> UnavailableError | None:
    """Return why no ranges can be marked here, or None."""
    import torch

    if torch.version.cuda is None:
        return UnavailableError("this PyTorch was built without NVTX", mend="install one that was built with CUDA")
    return None
