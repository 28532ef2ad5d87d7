"""Many trials of a law at once, for proofs that take thousands of them."""

from __future__ import annotations

import numpy as np

from josie_bench.terms.simulated import ServiceLaw, autoregressive


def trials(law: ServiceLaw, count: int, windows: int, seed: int) -> np.ndarray:
    """Return `[count, windows]` service times: what `law.service_ms` draws one trial at a time, without stalls, drift
    and second mode."""
    draw = np.random.default_rng(seed)
    logarithm = law.sigma * autoregressive(draw.standard_normal((count, windows)), law.rho)
    logarithm += law.run_sigma * draw.standard_normal((count, 1))
    return law.median_ms * np.exp(logarithm)


def percentile(times: np.ndarray, p: float) -> np.ndarray:
    """Return the nearest-rank percentile of each trial."""
    rank = int(np.ceil(round(p * times.shape[-1], 9)))
    return np.partition(times, rank - 1, axis=-1)[..., rank - 1]
