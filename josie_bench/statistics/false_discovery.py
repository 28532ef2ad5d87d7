"""Control of false discoveries among several tests (Benjamini and Hochberg, 1995)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

RATE = 0.05


def adjusted(p_values: Sequence[float]) -> list[float]:
    """Return each p as the smallest rate of false discoveries at which its test is still one, in the same order.

    p of rank r among m becomes the least p·m/r of its own and all higher ranks.
    """
    if not p_values:
        return []
    order = np.argsort(p_values)
    ranked = np.asarray(p_values, dtype=np.float64)[order] * len(p_values) / np.arange(1, len(p_values) + 1)
    least = np.minimum(np.minimum.accumulate(ranked[::-1])[::-1], 1.0)
    found = np.empty(len(p_values))
    found[order] = least
    return [float(value) for value in found]


def most_tests(smallest_p: float, rate: float = RATE) -> int:
    """Return among how many tests a single one with the smallest p that its data can give is still a discovery.

    >>> most_tests(2 / 2**8)
    6
    """
    return int(rate / smallest_p)
