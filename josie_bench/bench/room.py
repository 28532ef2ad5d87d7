"""What the machine of a search can give: memory that can be had, its GPU, and what it reads and multiplies at most."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from josie_bench.bench.roof import roof_of
from josie_bench.probes.host import first_gpu
from josie_bench.probes.memory import available_bytes
from josie_bench.probes.vram import free_bytes
from josie_bench.terms.profiling import Roof


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What the machine of a search can give.

    Attributes:
        host_bytes: of its memory that can be had.
        vram_bytes: free on the GPU that backends take; None where nothing tells it.
        gpu: that GPU's facts, as a result's host has them; None where there is none.
        gpu_reason: why there is none.
        roof: measures what a device reads and multiplies in a second; as `roof_of`.
    """

    host_bytes: int
    vram_bytes: int | None = None
    gpu: Mapping[str, object] | None = None
    gpu_reason: str | None = None
    roof: Callable[[str, str, int, int], Roof] = roof_of


def room_here() -> Room:
    """Return what this machine can give now."""
    gpu, reason = first_gpu()
    return Room(host_bytes=available_bytes(), vram_bytes=free_bytes(), gpu=gpu, gpu_reason=reason)
