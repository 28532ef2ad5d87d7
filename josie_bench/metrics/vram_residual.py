"""VRAM residual: how far the memory model is off on GPUs. Definition `vram_residual/1`."""

from __future__ import annotations

import numpy as np

from josie_bench.metrics import OF_GPU, Metric
from josie_bench.statistics.order_statistics import quantile
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import NotAvailable, Score
from josie_bench.terms.vram import AFTER, NOT_FITTED, vram_absence, vrams

STATISTICS = {
    "process": "|held by the trial's process − predicted| / held",
    "device": "|grown in use, by whomever − predicted| / grown: where NVML hides the process",
}


def _compute(recording: Recording) -> dict[str, Score]:
    rounds = [vram for vram in vrams(recording.memory) if vram.predicted is not None]
    if not all(vram.has_context for vram in rounds):
        return dict.fromkeys(STATISTICS, Score(value=None, n=0, na=NOT_FITTED))
    absence = vram_absence(recording)
    return {
        "process": _score([(vram.process.get(AFTER), vram.predicted) for vram in rounds], absence),
        "device": _score([(vram.device_growth, vram.predicted) for vram in rounds], absence),
    }


def _score(pairs: list[tuple[int | None, int | None]], absence: NotAvailable) -> Score:
    """Return the median over rounds of what was not predicted, over what was held."""
    known = [(held, predicted) for held, predicted in pairs if held is not None and predicted is not None]
    shares = [abs(held - predicted) / held for held, predicted in known if held > 0]
    if not shares:
        return Score(value=None, n=0, na=absence)
    return Score(value=quantile(np.array(shares), 0.5), n=len(shares))


METRIC = Metric(
    title="VRAM residual",
    unit="ratio",
    direction="lower",
    definition="vram_residual/1",
    origin="the trial's process, at its end; of the device, from its start to its end",
    description=(
        "ε = |measured − predicted| / measured on GPUs, as `memory_residual` is of the host: `process` of what NVML "
        "lists for the trial's process, `device` of what the GPUs' memory in use grew by, whoever used it. Predicted "
        "are the memory model's terms of engines that compute there and the driver's context; both are n/a "
        "(`not_fitted`) until somebody has fitted what that takes (docs/memory.md). 0.05 is what to ask for. Of "
        "several rounds the median; no interval. Only cases whose engines compute on a GPU have it."
    ),
    statistics=STATISTICS,
    compute=_compute,
    of=OF_GPU,
)
