"""A guard around a component: what it raises, and numbers that are none, become a failure that its window dies of.

No token is drawn from a number that is none, and what a component left behind when it failed is nobody's state: the
conversation has to begin anew.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from josie_bench.backends import Array, Executable


class ComponentFailedError(Exception):
    """A component gave no outputs that can be used."""


class Guarded:
    """An executable whose failures are told from bugs in the wiring.

    Args:
        name: of the component.
        inner: that may fail.
    """

    def __init__(self, name: str, inner: Executable) -> None:
        self._name = name
        self._inner = inner
        self.signature = inner.signature

    def step(self, inputs: Mapping[str, Array]) -> dict[str, Array]:
        """Return the outputs.

        Raises:
            ComponentFailedError: it raised something, which is the cause, or gave a number that is none.
        """
        try:
            outputs = self._inner.step(inputs)
        except Exception as error:  # libraries that compute share no base class but this
            raise ComponentFailedError(f"{self._name} raised {type(error).__name__}: {error}") from error
        for name, array in outputs.items():
            if array.dtype.kind == "f" and not np.isfinite(array).all():
                raise ComponentFailedError(f"{self._name} gave {name} that is not finite")
        return outputs

    def reset(self) -> None:
        """Return to the state at the start of a session."""
        self._inner.reset()

    def undo(self) -> None:
        """Return to the state before the last step."""
        self._inner.undo()

    def state(self, *names: str) -> dict[str, Array]:
        """Return what the next step will read: these tensors, or all."""
        return self._inner.state(*names)
