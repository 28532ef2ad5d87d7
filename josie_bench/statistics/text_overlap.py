"""BLEU and chrF of a corpus, from what a judge has counted of each pair of texts.

A corpus figure is no mean of its items' figures: it is made of sums over the corpus, and so is that of a corpus drawn
again. The counts are sacreBLEU's, and the formulas those that its signature stands for: `evaluators.bleu`, `.chrf`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from josie_bench.statistics.item_bootstrap import Floats, OfSums

WORDS, LETTERS = 4, 6  # the longest runs that are counted
RECALL = 2.0  # times as important as precision


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """A figure of what texts share with their references.

    Attributes:
        counts: what is counted of each pair, in order.
        of_sums: the figure from 0 to 100, given `[counts]` their sums.
    """

    counts: tuple[str, ...]
    of_sums: OfSums


def bleu_of_sums(sums: Floats) -> float:
    """Return BLEU: the geometric mean of how many runs of one to four words are right, less what is short.

    Where no run of a length is right, half a one counts as right, a quarter at the next such length, and so on; where
    none of any length is, or there is no run of a length, it is 0.
    """
    written, reference = sums[:2]
    right, runs = sums[2 : 2 + WORDS], sums[2 + WORDS :]
    if not right.any() or not runs.all():
        return 0.0
    halvings = np.cumsum(right == 0.0)
    precision = np.where(right > 0.0, right, 0.5**halvings) / runs
    penalty = min(0.0, 1.0 - reference / written)
    return 100.0 * math.exp(penalty + float(np.log(precision).mean()))


def chrf_of_sums(sums: Floats) -> float:
    """Return chrF2: the F-score of mean precision and recall over runs of one to six letters that both have."""
    written, reference, shared = sums.reshape(LETTERS, 3).T
    is_there = (written > 0.0) & (reference > 0.0)
    if not shared[is_there].any():
        return 0.0
    precision = float((shared[is_there] / written[is_there]).mean())
    recall = float((shared[is_there] / reference[is_there]).mean())
    weight = RECALL**2
    return 100.0 * (1.0 + weight) * precision * recall / (weight * precision + recall)


OVERLAPS = {
    "bleu": Overlap(
        counts=("written", "reference", *(f"{what}_{n}" for what in ("right", "runs") for n in range(1, WORDS + 1))),
        of_sums=bleu_of_sums,
    ),
    "chrf": Overlap(
        counts=tuple(f"{what}_{n}" for n in range(1, LETTERS + 1) for what in ("written", "reference", "shared")),
        of_sums=chrf_of_sums,
    ),
}
