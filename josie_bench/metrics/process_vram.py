"""Process VRAM: what the trial's process held of GPUs' memory. Definition `process_vram/1`."""

from __future__ import annotations

import numpy as np

from josie_bench.metrics import OF_GPU, Metric
from josie_bench.statistics.order_statistics import quantile
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import NotAvailable, Score
from josie_bench.terms.telemetry import OWN_MEMORY
from josie_bench.terms.timebase import mib_from_bytes
from josie_bench.terms.vram import vram_absence, vrams

EDGES = ("loaded", "warm", "end")
STATISTICS = {
    "peak": "the most that NVML listed for the trial's process, at an edge of its phases or in between",
    "loaded": "what it listed when the engines were loaded",
    "warm": "what it listed when measuring began",
    "end": "what it listed at the end",
    "device_growth": "how much more of the GPUs' memory is used at the end than at the start, by whomever",
    "reserved": "what PyTorch's allocator had reserved at the end",
    "allocated": "what of it was given out",
    "fragmentation": "what of it was not: reserved − allocated",
    "predicted": "the memory model's terms that lie on GPUs",
    "unexplained": "what NVML listed at the end less that; negative where less was held",
}
UNPREDICTED = NotAvailable(reason="not_measured", detail="nothing was predicted of a GPU")
NO_ALLOCATOR = NotAvailable(reason="not_measured", detail="PyTorch's allocator of GPU memory was not in use")


def _compute(recording: Recording) -> dict[str, Score]:
    rounds, absence = vrams(recording.memory), vram_absence(recording)
    return {
        "peak": _peak([max(vram.process.values()) for vram in rounds if vram.process], recording, absence),
        **{edge: _median([vram.process.get(edge) for vram in rounds], absence) for edge in EDGES},
        "device_growth": _median([vram.device_growth for vram in rounds], absence),
        "reserved": _median([vram.reserved for vram in rounds], NO_ALLOCATOR),
        "allocated": _median([vram.allocated for vram in rounds], NO_ALLOCATOR),
        "fragmentation": _median([vram.fragmentation for vram in rounds], NO_ALLOCATOR),
        "predicted": _median([vram.predicted for vram in rounds], UNPREDICTED),
        "unexplained": _median([vram.unexplained for vram in rounds], absence),
    }


def _peak(byte_counts: list[int], recording: Recording, absence: NotAvailable) -> Score:
    """Return the most of what was listed at any edge of each round, and in between."""
    if not byte_counts:
        return Score(value=None, n=0, na=absence)
    return Score(value=max(mib_from_bytes(max(byte_counts)), _between_mib(recording)), n=len(byte_counts))


def _between_mib(recording: Recording) -> float:
    """Return the most that was listed between edges; 0 where that is not known, or is of several GPUs."""
    gpus = [] if recording.telemetry is None else recording.telemetry.gpus()
    if recording.telemetry is None or len(gpus) != 1:
        return 0.0
    _, held_mib = recording.telemetry.series(gpus[0], OWN_MEMORY)
    return float(np.max(held_mib[~np.isnan(held_mib)], initial=0.0))


def _median(byte_counts: list[int | None], absence: NotAvailable) -> Score:
    """Return the median over rounds."""
    known = [count for count in byte_counts if count is not None]
    if not known:
        return Score(value=None, n=0, na=absence)
    return Score(value=mib_from_bytes(quantile(np.array(known, dtype=np.float64), 0.5)), n=len(known))


METRIC = Metric(
    title="Process VRAM",
    unit="MiB",
    direction="lower",
    definition="process_vram/1",
    origin="the trial's process, at its phase edges; the peak also every 50 ms in between",
    description=(
        "Memory of the GPUs that NVML lists for the trial's process, the driver's context included, on all GPUs "
        "together. In a container, and with MIG, NVML may not list the process or not say its size: then it is n/a "
        "(`not_supported`), and `device_growth` is what is left to go by; whoever else used the GPU is in that. "
        "`reserved` and `allocated` are PyTorch's own figures. `predicted` is the sum of the memory model's terms of "
        "engines that compute on a GPU, and of the driver's context where that was fitted (docs/memory.md); where it "
        "was not, `unexplained` has it, and is on the preset that it is fitted on what it takes. Over several rounds, "
        "each a process of its own, `peak` is the largest and all others the median; no interval. Only cases whose "
        "engines compute on a GPU have it."
    ),
    statistics=STATISTICS,
    compute=_compute,
    of=OF_GPU,
)
