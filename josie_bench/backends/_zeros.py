"""What answers at once with zeros of the right shape."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from josie_bench.backends import Array, zero_state
from josie_bench.terms.signature import Signature


class Zeros:
    """Zeros for every output; there is no state."""

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
        """Do nothing."""

    def undo(self) -> None:
        """Do nothing."""

    def fork(self) -> Zeros:
        """Return the same: there is no state."""
        return self

    def state(self, *names: str) -> dict[str, Array]:
        """Return zeros, of these tensors or of all."""
        zeros = zero_state(self.signature, self._batch)
        return {name: zeros[name] for name in names or zeros}
