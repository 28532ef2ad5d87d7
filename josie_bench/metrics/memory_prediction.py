"""Memory predicted: what the memory model says will be held, beside what was. Definition `memory_prediction/2`."""

from __future__ import annotations

import numpy as np

from josie_bench.metrics import Metric
from josie_bench.statistics.order_statistics import quantile
from josie_bench.terms.memory_growth import growths
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score, missing
from josie_bench.terms.timebase import mib_from_bytes

STATISTICS = {
    "predicted": "the terms of the memory model that stay and are resident",
    "measured": "what loading and running added to the process",
    "unexplained": "measured less predicted; negative where less was held than predicted",
    "allocated": "how much more the C library's allocator has given out",
    "given_out": "the terms that it is predicted to have given out",
    "free": "how much more it holds that nobody uses",
    "files": "how much more of files is resident: code that ran, weights that are read where they lie",
}


def _compute(recording: Recording) -> dict[str, Score]:
    rounds = growths(recording.memory)
    return {name: _score([getattr(growth, name) for growth in rounds]) for name in STATISTICS}


def _score(byte_counts: list[int | None]) -> Score:
    known = [count for count in byte_counts if count is not None]
    if not known:
        return missing("not_measured", "the trial has no prediction, or no reading of the process's memory")
    return Score(value=mib_from_bytes(quantile(np.array(known, dtype=np.float64), 0.5)), n=len(known))


METRIC = Metric(
    title="Memory, predicted and measured",
    unit="MiB",
    direction="none",
    definition="memory_prediction/2",
    origin="the trial's process, from its imported libraries to its end",
    description=(
        "`predicted` is the sum of the memory model's terms that stay and are resident (docs/memory.md): weights, "
        "state, the state before the last step, activations and buffers, each from shapes, and what a runtime holds of "
        "a graph and of its code, fitted on another preset. `measured` = rss(end) − rss(imported), and "
        "`unexplained` is their difference. `allocated`, `free` and `files` are the same growth of what the C "
        "library's allocator has given out, of what it holds free, and of resident pages of files: they say where "
        "unexplained bytes lie. `given_out` is what is predicted of `allocated`: without weights that are read where "
        "their file lies and without code, with what a pool has and never touches. Of several rounds the median; no "
        "interval."
    ),
    statistics=STATISTICS,
    compute=_compute,
)
