"""Orders of arrival: neighbours that are unlike, and series that remember."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import signal

GOLDEN = (5**0.5 - 1) / 2


def scattered(values: Sequence[float] | NDArray[np.float64]) -> NDArray[np.float64]:
    """Return `values` in an order in which neither tail has neighbours, so that n_eff is n."""
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    steps = np.arange(1, len(ordered) + 1) * GOLDEN % 1.0
    return ordered[np.argsort(np.argsort(steps))]


def remembering(rho: float, count: int, n: int, seed: int) -> NDArray[np.float64]:
    """Return `[count, n]` stationary standard-normal series, x_t = ρ·x_{t−1} + √(1−ρ²)·g_t."""
    noise = np.random.default_rng(seed).standard_normal((count, n))
    noise[:, 1:] *= (1.0 - rho**2) ** 0.5
    found: NDArray[np.float64] = signal.lfilter([1.0], [1.0, -rho], noise, axis=1)
    return found
