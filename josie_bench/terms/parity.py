"""What an engine gave beside the reference on the same inputs: one row per call and measure, and the arithmetic."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Array = NDArray[np.generic]
# Of a frame's tokens `[1 + codebooks]`, which are of which kind.
TOKEN_KINDS = {"text": slice(0, 1), "semantic": slice(1, 2), "acoustic": slice(2, None)}
SPREADS = ("fp16", "int8", "fp8")  # what the reference is run at to see how far apart two right answers are


@dataclass(frozen=True, slots=True, kw_only=True)
class Parity:
    """Rows of one comparison.

    Attributes:
        window: `[rows]` index of the window.
        component: `[rows]` the component's name, or `step` where whole conversations ran side by side.
        measure: `[rows]` what `value` is; counts of equal and of all codes are rows of their own.
        value: `[rows]`.
    """

    window: NDArray[np.int64]
    component: NDArray[np.str_]
    measure: NDArray[np.str_]
    value: Floats

    def of(self, component: str, measure: str) -> Floats:
        """Return the values of one measure of one component, in order."""
        values: Floats = self.value[(self.component == component) & (self.measure == measure)]
        return values

    def components_of(self, measure: str) -> list[str]:
        """Return the components that have a measure, in the order they came."""
        return list(dict.fromkeys(str(name) for name in self.component[self.measure == measure]))

    def spread(self, component: str) -> tuple[str, Floats]:
        """Return how far the reference at fewer bits was from itself in each call, and at which of `SPREADS` it ran.

        Without any such call the first of them stands, with no values.
        """
        found = {kind: self.of(component, f"spread_{kind}") for kind in SPREADS}
        kind = next((kind for kind, values in found.items() if len(values)), SPREADS[0])
        return kind, found[kind]


def spread_of(precision: str) -> str:
    """Return which of `SPREADS` an engine of a precision is held against."""
    return next((kind for kind in ("int8", "fp8") if precision.startswith(kind)), "fp16")


def relative_error(got: Array, expected: Array) -> float:
    """Return |got − expected| / |expected| in Euclidean norms; 0 where both are silent, +inf where only one is."""
    wide = expected.astype(np.float64)
    size = float(np.linalg.norm(wide))
    error = float(np.linalg.norm(got.astype(np.float64) - wide))
    if size == 0.0:
        return 0.0 if error == 0.0 else np.inf
    return error / size


def largest_error(got: Array, expected: Array) -> float:
    """Return max |got − expected|."""
    return float(np.max(np.abs(got.astype(np.float64) - expected.astype(np.float64)), initial=0.0))


def cosine_distance(got: Array, expected: Array) -> float:
    """Return 1 − cos of the angle between both, flattened; 0 where both are silent, 1 where only one is."""
    a, b = got.astype(np.float64).ravel(), expected.astype(np.float64).ravel()
    sizes = float(np.linalg.norm(a) * np.linalg.norm(b))
    if sizes == 0.0:
        return float(a.any() or b.any())
    return float(1.0 - a @ b / sizes)


def cross_entropy(logits: Array, tokens: Array) -> Floats:
    """Return −log softmax(logits) of each row's token, in nats, `[rows]`.

    Args:
        logits: `[rows, candidates]`; −inf is no candidate.
        tokens: int64 `[rows]`.
    """
    wide = logits.astype(np.float64)
    losses: Floats = np.logaddexp.reduce(wide, axis=-1) - wide[np.arange(len(wide)), tokens]
    return losses


def half_life(equal: Floats, block: int) -> int | None:
    """Return the first window in which half of the agreement is lost for a block, or None if that never happens.

    It is the first with at most half of its codes equal, in the first block whose mean is at most one half. Both sides
    begin in the same state with the same input, so that agreement is whole before anything is drawn.

    Args:
        equal: `[windows]` share of equal codes of each window.
        block: windows taken together, so that one window's luck decides nothing.
    """
    for at in range(len(equal) - block + 1):
        shares = equal[at : at + block]
        if float(shares.mean()) <= 0.5:
            return at + int(np.argmax(shares <= 0.5))
    return None
