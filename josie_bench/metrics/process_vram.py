"""Process VRAM: what the trial's process held of GPUs' memory. Definition `process_vram/1`."""

from __future__ import annotations

import numpy as np

from josie_bench.metrics import Metric
from josie_bench.statistics.order_statistics import quantile
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import NotAvailable, Score
from josie_bench.terms.telemetry import OWN_MEMORY
from josie_bench.terms.timebase import mib_from_bytes
from josie_bench.terms.vram import NO_GPU, vram_absence, vrams

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
}
NO_ALLOCATOR = NotAvailable(reason="not_measured", detail="PyTorch's allocator of GPU memory was not in use")


def _compute(recording: Recording) -> dict[str, Score]:
    rounds, absence = vrams(recording.memory), vram_absence(recording)
    allocator = NO_ALLOCATOR if rounds else NO_GPU
    return {
        "peak": _peak([count for vram in rounds for count in vram.process.values()], recording, absence),
        **{edge: _median([vram.process.get(edge) for vram in rounds], absence) for edge in EDGES},
        "device_growth": _median([vram.device_growth for vram in rounds], absence),
        "reserved": _median([vram.reserved for vram in rounds], allocator),
        "allocated": _median([vram.allocated for vram in rounds], allocator),
        "fragmentation": _median([vram.fragmentation for vram in rounds], allocator),
    }


def _peak(byte_counts: list[int], recording: Recording, absence: NotAvailable) -> Score:
    """Return the most of what was listed at edges and in between."""
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
        "`reserved` and `allocated` are PyTorch's own figures. Over several rounds, each a process of its own, `peak` "
        "is the largest and all others the median; no interval. A case whose engines compute on a CPU has none "
        "(`not_measured`)."
    ),
    statistics=STATISTICS,
    compute=_compute,
)
