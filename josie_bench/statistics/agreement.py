"""Agreement of an engine with the reference as scores."""

from __future__ import annotations

import numpy as np

from josie_bench.statistics.proportion import count_score
from josie_bench.terms.parity import Parity
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score, missing

METHOD = "Clopper-Pearson, codes taken as independent"


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
