"""Memory residual: how far the memory model is off. Definition `memory_residual/2`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from josie_bench.metrics import Metric
from josie_bench.statistics.order_statistics import quantile
from josie_bench.terms.memory_growth import growths
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import NotAvailable, Score
from josie_bench.terms.vram import AFTER, Vram, vram_absence, vrams

UNPREDICTED = NotAvailable(
    reason="not_measured", detail="the trial has no prediction of the host's memory, or its process did not grow"
)
NOT_FITTED = NotAvailable(
    reason="not_fitted",
    detail="what a driver's context takes follows from no shape, and nobody has fitted it: see docs/memory.md",
)
STATISTICS = {
    "share": "|measured − predicted| / measured",
    "allocated": "|allocated − predicted to be given out| / allocated",
    "vram": "on GPUs, |held by the process − predicted| / held",
    "vram_device": "on GPUs, |grown in use − predicted| / grown, where NVML hides the process",
}


def _compute(recording: Recording) -> dict[str, Score]:
    rounds, devices = growths(recording.memory), vrams(recording.memory)
    absence = NOT_FITTED if any(_lacks_context(vram) for vram in devices) else vram_absence(recording)
    whole = [] if absence is NOT_FITTED else [vram for vram in devices if vram.predicted is not None]
    return {
        "share": _score([(growth.measured, growth.predicted) for growth in rounds]),
        "allocated": _score([(growth.allocated, growth.given_out) for growth in rounds]),
        "vram": _score([(vram.process.get(AFTER), vram.predicted) for vram in whole], absence),
        "vram_device": _score([(vram.device_growth, vram.predicted) for vram in whole], absence),
    }


def _lacks_context(vram: Vram) -> bool:
    return vram.predicted is not None and not vram.has_context


def _score(pairs: Sequence[tuple[int | None, int | None]], absence: NotAvailable = UNPREDICTED) -> Score:
    shares = [
        abs(held - predicted) / held
        for held, predicted in pairs
        if held is not None and predicted is not None and held > 0
    ]
    if not shares:
        return Score(value=None, n=0, na=absence)
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
        "what a pool has and never touches is given out and not resident. Of a case whose engines compute on a GPU "
        "nothing is predicted of the host; `vram` holds what its process has of GPUs' memory at the end against the "
        "terms that lie there, and `vram_device`, what the GPUs' memory in use grew by from the start, whoever used "
        "it. Both are n/a (`not_fitted`) until somebody has fitted what the driver's context takes. Of several rounds "
        "the median; no interval."
    ),
    statistics=STATISTICS,
    compute=_compute,
)
