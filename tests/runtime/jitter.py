"""What jitter does to chunks of which one is sent with each window's close, by its law alone."""

from __future__ import annotations

import numpy as np
from scipy import stats


def share_without(by_ms: float, variation: float, hop_ms: float) -> float:
    """Return the share of windows in which none arrives: that none of those sent so many closes before does.

    One that was sent `n` closes before arrives in a window if it is between `n - 1` and `n` hops late, whatever the
    others are.
    """
    shape = variation**-2
    late = stats.gamma(shape, scale=by_ms / shape).cdf(hop_ms * np.arange(1000))
    return float(np.prod(1.0 - np.diff(late)))
