"""What sacreBLEU counts of each pair of texts; the corpus figure is made of their sums (`statistics.text_overlap`).

Counting is done once, drawing a corpus again costs a sum. These are the steps of sacreBLEU's own significance tests,
which draw sentences; here whole dialogues are drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from josie_bench.errors import MediaError
from josie_bench.evaluators import Identity, OverlapJudge, installed


def overlap_identity(name: str, metric: Any) -> Identity:
    """Return what decides a figure: sacreBLEU's own signature."""
    _count(metric, [""], [""])  # the signature holds the number of references
    return Identity(name=name, libraries=installed("sacrebleu"), settings=metric.get_signature().format())


def overlap_judge(metric: Any) -> OverlapJudge:
    """Return the judge of one of sacreBLEU's metrics."""

    def judge(hypotheses: Sequence[str], references: Sequence[str]) -> NDArray[np.float64]:
        if len(hypotheses) != len(references) or not hypotheses:
            raise MediaError(
                f"{len(hypotheses)} texts and {len(references)} references are no pairs: give one reference for each"
            )
        return np.array(_count(metric, hypotheses, references), dtype=np.float64)

    return judge


def _count(metric: Any, hypotheses: Sequence[str], references: Sequence[str]) -> Any:
    return metric._extract_corpus_statistics(list(hypotheses), [list(references)])
