"""Output validity: the share of answers that cannot be heard or read. Definition `output_validity/2`."""

from __future__ import annotations

import numpy as np

from josie_bench.metrics import Metric
from josie_bench.statistics.proportion import ratio_score
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score, missing

STATISTICS = {"invalid": "share of the answered windows whose answer holds what is no sound or no token"}


def _compute(recording: Recording) -> dict[str, Score]:
    rows = recording.answered()
    if recording.is_valid is None:
        return {"invalid": missing("not_measured", "nobody looked into the answers")}
    is_bad = ~recording.is_valid[rows]
    return {"invalid": ratio_score(is_bad, is_bad.astype(np.float64), runs=recording.runs(rows))}


METRIC = Metric(
    title="Output validity",
    unit="ratio",
    direction="lower",
    definition="output_validity/2",
    origin="answers of the measured windows",
    description=(
        "An answer is invalid where a sample of its sound is not finite, a text token is none of the vocabulary, an "
        "audio code is none of its codebook, or a token was drawn from a hidden state that is not finite. It says "
        "nothing of what was said. Each answer is looked at behind the measured part of its window. The interval is "
        "Clopper-Pearson at 95 %, two-sided, on n_eff. Backend `null` answers with zeros, which are valid."
    ),
    statistics=STATISTICS,
    compute=_compute,
)
