"""What a trial held of GPUs' memory, beside what the memory model says it would, and why that may not be known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from josie_bench.terms.memory_growth import sizes_by_round
from josie_bench.terms.recording import (
    CUDA_ALLOCATED,
    CUDA_RESERVED,
    EDGES,
    PREDICTED_VRAM,
    VRAM_PROCESS,
    VRAM_USED,
    MemoryReading,
    Recording,
)
from josie_bench.terms.score import NotAvailable
from josie_bench.terms.telemetry import MEMORY_USED, OWN_MEMORY, gpu_absence
from josie_bench.terms.timebase import mib_from_bytes

BEFORE, AFTER = EDGES[0], EDGES[-1]
NOT_FITTED = NotAvailable(
    reason="not_fitted",
    detail="what a driver's context takes follows from no shape, and nobody has fitted it: see docs/memory.md",
)
HIDDEN = NotAvailable(
    reason="not_supported",
    detail="NVML does not list the trial's process with its memory, as in a container or with MIG: what the GPUs' used "
    "memory grew by stands beside",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vram:
    """What one round's trial held, in bytes, on all GPUs together.

    Attributes:
        process: by edge of its phases, what NVML lists for its process; an edge is missing where it lists none.
        device_growth: how much more is used at the end than at the start, by whomever; None where NVML does not tell.
        reserved, allocated: by PyTorch's allocator at the end, and of it given out; None where that is not in use.
        predicted: the model's terms that lie there; None where the case's engines compute on no GPU.
        has_context: whether what the driver takes for itself is among these terms.
    """

    process: Mapping[str, int]
    device_growth: int | None
    reserved: int | None
    allocated: int | None
    predicted: int | None
    has_context: bool

    @property
    def fragmentation(self) -> int | None:
        """What PyTorch's allocator has reserved and nobody uses."""
        return None if self.reserved is None or self.allocated is None else self.reserved - self.allocated

    @property
    def unexplained(self) -> int | None:
        """What the process held at the end and was not predicted; negative where less was held."""
        held = self.process.get(AFTER)
        return None if held is None or self.predicted is None else held - self.predicted


def vrams(readings: Iterable[MemoryReading]) -> list[Vram]:
    """Return what each round held that computed on a GPU, or was to; in their order."""
    found = (_vram(sizes) for sizes in sizes_by_round(readings))
    return [vram for vram in found if vram.process or vram.reserved is not None or vram.predicted is not None]


def vram_absence(recording: Recording) -> NotAvailable:
    """Return why nothing is known of what a trial's process held of a GPU's memory."""
    is_read = any(reading.name.partition(".")[0] == VRAM_USED for reading in recording.memory)
    return HIDDEN if is_read else gpu_absence(recording.telemetry)


def most_held_mib(recording: Recording) -> float | None:
    """Return the most that NVML listed for the trial's process, at edges or in between; None where it hides that.

    Of several GPUs the most of each, at whatever instants, so that it is never less than was held.
    """
    at_edges = [count for vram in vrams(recording.memory) for count in vram.process.values()]
    return _most_mib(recording, OWN_MEMORY, at_edges)


def most_used_mib(recording: Recording) -> float | None:
    """Return the same of what was in use of the GPUs, by whomever; None where NVML does not tell."""
    at_edges: list[int] = []
    for sizes in sizes_by_round(recording.memory):
        by_phase: dict[str, int] = {}
        for (phase, name), count in sizes.items():
            if name.partition(".")[0] == VRAM_USED:
                by_phase[phase] = by_phase.get(phase, 0) + count
        at_edges += by_phase.values()
    return _most_mib(recording, MEMORY_USED, at_edges)


def _most_mib(recording: Recording, name: str, at_edges: Sequence[int]) -> float | None:
    """Return the most of what was read at edges, and of a name of the GPUs in between; None where either is lacking."""
    told = recording.telemetry
    series = [] if told is None else [told.series(gpu, name)[1] for gpu in told.gpus()]
    known = [mib[~np.isnan(mib)] for mib in series]
    if not at_edges or not known or not all(len(mib) for mib in known):
        return None
    return max(mib_from_bytes(max(at_edges)), sum(float(mib.max()) for mib in known))


def _vram(sizes: Mapping[tuple[str, str], int]) -> Vram:
    """Return the same of one round's sizes by edge and name; `vram_used.gpu1` is of one GPU."""
    sums: dict[tuple[str, str], int] = {}
    for (phase, name), count in sizes.items():
        key = (phase, name.partition(".")[0])
        sums[key] = sums.get(key, 0) + count
    terms = {name: count for (phase, name), count in sums.items() if phase == PREDICTED_VRAM}
    before, after = sums.get((BEFORE, VRAM_USED)), sums.get((AFTER, VRAM_USED))
    return Vram(
        process={phase: count for (phase, name), count in sums.items() if name == VRAM_PROCESS},
        device_growth=None if before is None or after is None else after - before,
        reserved=sums.get((AFTER, CUDA_RESERVED)),
        allocated=sums.get((AFTER, CUDA_ALLOCATED)),
        predicted=sum(terms.values()) if terms else None,
        has_context="runtime_context" in terms,
    )
