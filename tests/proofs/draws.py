"""Many trials of a law at once, for proofs that take thousands of them."""

from __future__ import annotations

import numpy as np

from josie_bench.bench.metric_comparison import Pair, compare_metric
from josie_bench.statistics.percentiles import percentile_scores
from josie_bench.terms.comparison import MetricComparison
from josie_bench.terms.simulated import ServiceLaw, autoregressive
from tests.bench.comparing import case_of


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


def counted_by(times: np.ndarray, percent: float) -> np.ndarray:
    """Return by what number each trial of `[…, windows]` counts in a comparison; NaN where by none."""
    trials = times.reshape(-1, times.shape[-1])
    blocks = [percentile_scores(trial, (percent,))[f"p{percent:g}"].block for trial in trials]
    return np.array([np.nan if block is None else block for block in blocks]).reshape(times.shape[:-1])


def compared(first: np.ndarray, second: np.ndarray, percent: float) -> MetricComparison:
    """Return what `josie-bench compare` makes of two sides whose runs count by `[blocks]`."""
    metric = f"compute_time.p{percent:g}"
    sides = [case_of({metric: side.tolist()}) for side in (first, second)]
    return compare_metric(Pair(a=sides[0], b=sides[1]), metric, is_gated=True)
