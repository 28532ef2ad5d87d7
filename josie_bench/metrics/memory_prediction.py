"""Memory predicted: what the memory model says will be held, beside what was. Definition `memory_prediction/2`."""

from __future__ import annotations

import numpy as np

from josie_bench.metrics import Metric
from josie_bench.statistics.order_statistics import quantile
from josie_bench.terms.memory_growth import growths
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import NotAvailable, Score
from josie_bench.terms.timebase import mib_from_bytes
from josie_bench.terms.vram import NO_GPU, vram_absence, vrams

UNPREDICTED = NotAvailable(
    reason="not_measured", detail="the trial has no prediction of the host's memory, or no reading of the process's"
)
STATISTICS = {
    "predicted": "the terms of the memory model that stay and are resident",
    "measured": "what loading and running added to the process",
    "unexplained": "measured less predicted; negative where less was held than predicted",
    "allocated": "how much more the C library's allocator has given out",
    "given_out": "the terms that it is predicted to have given out",
    "free": "how much more it holds that nobody uses",
    "files": "how much more of files is resident: code that ran, weights that are read where they lie",
    "vram_predicted": "the terms that stay and lie on GPUs",
    "vram_unexplained": "what the process held there at the end less that; negative where less was held",
}


def _compute(recording: Recording) -> dict[str, Score]:
    rounds, devices = growths(recording.memory), vrams(recording.memory)
    held = [name for name in STATISTICS if not name.startswith("vram_")]
    return {name: _score([getattr(growth, name) for growth in rounds]) for name in held} | {
        "vram_predicted": _score([vram.predicted for vram in devices], NO_GPU),
        "vram_unexplained": _score([vram.unexplained for vram in devices], vram_absence(recording)),
    }


def _score(byte_counts: list[int | None], absence: NotAvailable = UNPREDICTED) -> Score:
    known = [count for count in byte_counts if count is not None]
    if not known:
        return Score(value=None, n=0, na=absence)
    return Score(value=mib_from_bytes(quantile(np.array(known, dtype=np.float64), 0.5)), n=len(known))


METRIC = Metric(
    title="Memory, predicted and measured",
    unit="MiB",
    direction="none",
    definition="memory_prediction/2",
    origin="the trial's process, from its imported libraries to its end",
    description=(
        "`predicted` is the sum of the memory model's terms that stay and are resident (docs/memory.md): weights, "
        "state, the state before the last step, activations and buffers, each from shapes, and what a runtime holds "
        "of a graph and of its code, fitted on another preset. `measured` = rss(end) − rss(imported), and "
        "`unexplained` is their difference. `allocated`, `free` and `files` are the same growth of what the C "
        "library's allocator has given out, of what it holds free, and of resident pages of files: they say where "
        "unexplained bytes lie. `given_out` is what is predicted of `allocated`: without weights that are read where "
        "their file lies and without code, with what a pool has and never touches. Of a case whose engines compute on "
        "a GPU there are `vram_predicted` and `vram_unexplained` alone: on the preset that a constant is fitted on, "
        "the second is what the driver's context takes. Of several rounds the median; no interval."
    ),
    statistics=STATISTICS,
    compute=_compute,
)
