"""How far apart a model puts what happened at once: the skew of two modalities, and what its steps alone make of it.

A moment that is told in steps of T is off by |error| uniform in [0, T/2], T/4 on average, whatever the model does. Two
modalities with steps of T and a ≤ T are apart by T/4 + a²/(12 T) on average. A skew below that is luck or a mistake.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from josie_bench.statistics.item_bootstrap import corpus_score, mean_of
from josie_bench.statistics.percentiles import percentile_scores
from josie_bench.terms.item_counts import ItemScore, gather
from josie_bench.terms.score import Score

Floats = NDArray[np.float64]


def quantisation_floor_ms(step_ms: float, other_step_ms: float = 0.0) -> float:
    """Return the mean skew that steps alone make: E|U − V|, both uniform within half a step of nothing.

    Args:
        step_ms: of one modality.
        other_step_ms: of the other; 0 where it has none.
    """
    short, long = sorted((step_ms, other_step_ms))
    return long / 4.0 + short**2 / (12.0 * long) if long else 0.0


def skew_scores(skews_ms: Floats, dialogues: tuple[str, ...]) -> dict[str, Score]:
    """Return `mean_abs`, `bias` (signed mean), `median_abs` and `p95_abs` of skews, in ms.

    Args:
        skews_ms: `[events]` one modality's moment minus the other's.
        dialogues: `[events]` in which each was; those of one are drawn together.
    """
    absolute = np.abs(skews_ms)
    tails = percentile_scores(absolute, (50.0, 95.0))
    return {
        "mean_abs": _mean(absolute, dialogues),
        "bias": _mean(skews_ms, dialogues),
        "median_abs": tails["p50"],
        "p95_abs": tails["p95"],
    }


def _mean(values: Floats, dialogues: tuple[str, ...]) -> Score:
    rows = (
        ItemScore(item=str(index), cluster=dialogue, counts={"skew": float(value), "events": 1.0})
        for index, (value, dialogue) in enumerate(zip(values, dialogues, strict=True))
    )
    return corpus_score(gather(rows), mean_of)
