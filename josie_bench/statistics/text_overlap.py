"""BLEU and chrF of sums of counts, as sacreBLEU makes them: what it counts is in the rows, so no library is needed.

Order of counts. BLEU: words of the text, words of the reference, runs of one to four words that are right, all runs of
one to four words. chrF: for runs of one to six letters each those of the text, those of the reference, those in both.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
ORDERS = 4
BLEU_COUNTS, CHRF_COUNTS = 2 + 2 * ORDERS, 18
BETA = 2.0


def bleu_of_sums(sums: Floats) -> float:
    """Return BLEU from 0 to 100: the geometric mean of precisions, times the penalty for a short text.

    Precisions of which nothing is right count as halves of one, quarters, … (`exp`; Chen and Cherry, 2014, method 3).
    """
    written, wanted = sums[:2]
    right, runs = sums[2 : 2 + ORDERS], sums[2 + ORDERS : 2 + 2 * ORDERS]
    if not right.any():
        return 0.0
    halves, logarithms = 1.0, 0.0
    for correct, total in zip(right, runs, strict=True):
        if total == 0.0:  # no text is so long: as in sacreBLEU, nothing is scored then
            return 0.0
        if correct == 0.0:
            halves *= 2.0
        logarithms += math.log((correct if correct else 1.0 / halves) / total)
    penalty = 1.0 if written >= wanted else math.exp(1.0 - wanted / written)
    return 100.0 * penalty * math.exp(logarithms / ORDERS)


def chrf_of_sums(sums: Floats) -> float:
    """Return chrF2 from 0 to 100: precision and recall averaged over the runs that both sides have, recall twice."""
    written, wanted, shared = sums.reshape(-1, 3).T
    both = (written > 0) & (wanted > 0)
    if not shared[both].any():
        return 0.0
    precision = float((shared[both] / written[both]).mean())
    recall = float((shared[both] / wanted[both]).mean())
    return 100.0 * (1.0 + BETA**2) * precision * recall / (BETA**2 * precision + recall)
