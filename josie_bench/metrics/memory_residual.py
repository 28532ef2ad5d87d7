"""Memory residual: how far the memory model is off. Definition `memory_residual/2`."""

from __future__ import annotations

import numpy as np

from josie_bench.metrics import Metric
from josie_bench.statistics.order_statistics import quantile
from josie_bench.terms.memory_growth import growths
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score, missing

STATISTICS = {
    "share": "|measured − predicted| / measured",
    "allocated": "|allocated − predicted to be given out| / allocated",
}


def _compute(recording: Recording) -> dict[str, Score]:
    rounds = growths(recording.memory)
    return {
        "share": _score([(growth.measured, growth.predicted) for growth in rounds]),
        "allocated": _score([(growth.allocated, growth.given_out) for growth in rounds]),
    }


def _score(pairs: list[tuple[int | None, int]]) -> Score:
    shares = [abs(held - predicted) / held for held, predicted in pairs if held is not None and held > 0]
    if not shares:
        return missing("not_measured", "the trial has no prediction, or its process did not grow")
    return Score(value=quantile(np.array(shares), 0.5), n=len(shares))


METRIC = Metric(
    title="Memory residual",
    unit="ratio",
    direction="lower",
    definition="memory_residual/2",
    origin="the trial's process, from its imported libraries to its end",
    description=(
        "ε = |measured − predicted| / measured: `share` of the growth of resident memory, `allocated` of what the C "
        "library's allocator has given out, which leaves out fragments and pages of files. Each from the terms that "
        "are of its kind: weights that are read where their file lies and code are resident and given out by nobody, "
        "what a pool has and never touches is given out and not resident. Of several rounds the median; no interval."
    ),
    statistics=STATISTICS,
    compute=_compute,
)
