"""Agreement of an engine with the reference as scores."""

from __future__ import annotations

import math

import numpy as np
from scipy import special

from josie_bench.statistics.effective_size import FEWEST_TO_TELL, inflation
from josie_bench.statistics.proportion import LEVEL, count_score
from josie_bench.terms.parity import Floats, Parity
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Interval, Score, missing

METHOD = "Clopper-Pearson, codes taken as independent"
NOT_FINITE = "the reference was silent where the engine was not, or NaN came out"  # why calls have no error


def parity_of(recording: Recording) -> Parity:
    """Return the comparison of a recording; without rows where there was none."""
    if recording.parity is not None:
        return recording.parity
    count, word = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.str_)
    return Parity(window=count, component=word, measure=word, value=count.astype(np.float64))


def share_equal(parity: Parity, component: str, kind: str) -> Score:
    """Return the share of equal codes of one kind, or why there is none."""
    equal, total = (int(parity.of(component, f"{kind}_{part}").sum()) for part in ("equal", "total"))
    if total == 0:
        return missing("not_compared", f"{component} gave no codes to compare")
    return count_score(equal, total, method=METHOD)


def mean_over_frames(values: Floats) -> Score:
    """Return the mean of one value a frame with a t-interval on n_eff, or why there is none.

    What a comparison computes is the same in every process, so that one run's own scatter is all there is.

    Args:
        values: `[frames]` in the order in which they came.
    """
    n = len(values)
    if not n:
        return missing("not_compared", "there was no such token")
    if not np.isfinite(values).all():
        return missing("not_finite", "an infinite loss or NaN came out", n=n)
    mean = float(values.mean())
    is_told = n >= FEWEST_TO_TELL
    n_eff = n / inflation(values - mean) if is_told else float(n)
    if n_eff < 2.0:
        return Score(value=mean, n=n, n_eff=n_eff)
    reach = float(special.stdtrit(n_eff - 1.0, (1.0 + LEVEL) / 2.0) * values.std(ddof=1)) / math.sqrt(n_eff)
    method = "t on n_eff, over frames" if is_told else "t, frames taken as independent"
    interval = Interval(level=LEVEL, low=mean - reach, high=mean + reach, method=method)
    return Score(value=mean, n=n, interval=interval, n_eff=n_eff)
