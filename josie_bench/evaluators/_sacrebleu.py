"""What sacreBLEU counts of each pair of texts, and the corpus figure that it makes of the sums.

A corpus figure is made of sums over the corpus, and so is that of a corpus drawn again: counting is done once, drawing
costs a sum. These are the steps of sacreBLEU's own significance tests, which draw sentences; here whole dialogues are
drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from josie_bench.errors import MediaError
from josie_bench.evaluators import Identity, Overlap, OverlapJudge, installed


def overlap_identity(name: str, metric: Any) -> Identity:
    """Return what decides a figure: sacreBLEU's own signature."""
    _count(metric, [""], [""])  # the signature holds the number of references
    return Identity(name=name, libraries=installed("sacrebleu"), settings=metric.get_signature().format())


def overlap_judge(metric: Any) -> OverlapJudge:
    """Return the judge of one of sacreBLEU's metrics."""

    def of_sums(sums: np.ndarray[Any, np.dtype[np.float64]]) -> float:
        return float(metric._compute_score_from_stats(sums.astype(np.int64).tolist()).score)

    def judge(hypotheses: Sequence[str], references: Sequence[str]) -> Overlap:
        if len(hypotheses) != len(references) or not hypotheses:
            raise MediaError(
                f"{len(hypotheses)} texts and {len(references)} references are no pairs: give one reference for each"
            )
        return Overlap(counts=np.array(_count(metric, hypotheses, references), dtype=np.float64), of_sums=of_sums)

    return judge


def _count(metric: Any, hypotheses: Sequence[str], references: Sequence[str]) -> Any:
    return metric._extract_corpus_statistics(list(hypotheses), [list(references)])
