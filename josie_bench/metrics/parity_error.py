"""Relative error: how far an engine's numbers are from the reference's. Definition `parity_error/1`."""

from __future__ import annotations

import numpy as np

from josie_bench.metrics import OF_PARITY, Metric
from josie_bench.statistics.agreement import NOT_FINITE, parity_of
from josie_bench.statistics.percentiles import max_score, percentile_scores
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score, missing

COMPONENTS = ("temporal_transformer", "audio_decoder")
MEANINGS = {"p50": "median", "p99": "99th percentile", "max": "largest", "cosine": "largest 1 − cos"}
STATISTICS = {
    f"{name}.{statistic}": f"{name}: {meaning} over its calls"
    for name in COMPONENTS
    for statistic, meaning in MEANINGS.items()
}


def _compute(recording: Recording) -> dict[str, Score]:
    parity = parity_of(recording)
    found: dict[str, Score] = {}
    for name in COMPONENTS:
        errors = parity.of(name, "error")
        found |= percentile_scores(errors, (50.0, 99.0), prefix=f"{name}.")
        found[f"{name}.max"] = max_score(errors)
        found[f"{name}.cosine"] = max_score(parity.of(name, "cosine"))
    lost = [name for name in COMPONENTS if not np.isfinite(parity.of(name, "error")).all()]
    for key in [key for key in found if key.rsplit(".", 1)[0] in lost]:
        found[key] = missing("not_finite", NOT_FINITE)
    return {key: found[key] for key in STATISTICS}


METRIC = Metric(
    title="Relative error",
    unit="ratio",
    direction="lower",
    definition="parity_error/1",
    origin="the reference's numbers against the engine's, from the same inputs",
    description=(
        "|engine − reference| / |reference| in Euclidean norms, one value a call, each side with its own state and the "
        "reference's inputs. The cosine statistic is the largest 1 − cos of the angle between both, 1 where one "
        "alone is silent. A call in which the reference alone is silent, or in which a number is none, makes all n/a "
        "(`not_finite`)."
    ),
    statistics=STATISTICS,
    compute=_compute,
    of=OF_PARITY,
)
