"""How many sessions each single thing would allow, beside the number that a search found: time, memory, a GPU's roof.

Of a GPU there is a roof where its maker's figures are known by its driver's name for it, and room where NVML tells what
is free; else the reason stands there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from josie_bench.bench.memory_forecast import backends_on_gpu, footprint_of, is_on_gpu, load_of
from josie_bench.bench.vram_forecast import vram_footprint, vram_needed
from josie_bench.model.presets import find_sizes
from josie_bench.model.work import WindowShape, ring_capacities, window_work
from josie_bench.terms.accelerator import ACCELERATORS, Accelerator, accelerator_of
from josie_bench.terms.capacity import CapacityLimit
from josie_bench.terms.case import Case
from josie_bench.terms.memory_model import largest
from josie_bench.terms.result import CaseResult
from josie_bench.terms.roofline import Demand, sessions_in_time
from josie_bench.terms.score import NotAvailable

TIME, MEMORY, ROOFLINE = "time", "memory", "roofline"
MOST_IN_MEMORY = 10**6
NO_DEVICE = "no_device"
FULL = "fp32"  # the peak that makers' figures give here is that of products at 16 bits


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What the machine of a search can give.

    Attributes:
        host_bytes: of its memory that can be had.
        vram_bytes: free on the GPU that backends take; None where nothing tells it.
        gpu: that GPU's facts, as a result's host has them; None where there is none.
        gpu_reason: why there is none.
    """

    host_bytes: int
    vram_bytes: int | None = None
    gpu: Mapping[str, object] | None = None
    gpu_reason: str | None = None


def limits_of(case: Case, results: Mapping[int, CaseResult], room: Room) -> list[CapacityLimit]:
    """Return what each thing alone would allow.

    Args:
        case: of scenario capacity.
        results: of the levels that were measured, by their sessions.
        room: on the machine that measured them.
    """
    return [_time_limit(case, results), _memory_limit(case, room), _roofline_limit(case, room)]


def _time_limit(case: Case, results: Mapping[int, CaseResult]) -> CapacityLimit:
    """Return with how many sessions the model would work all the time, by what a window takes at the fewest."""
    what = "hop ÷ mean compute time of a window at the fewest sessions: beyond, the line grows without end"
    if case.sessions.is_batched:
        detail = "what a step takes grows with those who share it, by no rule that one number of sessions shows"
        return _no_limit(TIME, what, "batched", detail)
    for sessions in sorted(results):
        share = results[sessions].metrics.get("compute_rtf.mean")
        if share is not None and share.value:
            return CapacityLimit(name=TIME, formula=what, sessions=int(1.0 / share.value))
    return _no_limit(TIME, what, "not_measured", "no window was answered")


def _memory_limit(case: Case, room: Room) -> CapacityLimit:
    what = "what can be had of the host's memory, less weights, over the state of a session, by the memory model"
    if case.simulated is not None or case.backend == "null":
        return _no_limit(MEMORY, what, "no_model", f"backend {case.backend} holds no model")
    if vram_footprint(case) is not None:
        return _vram_limit(case, room)

    def fits(count: int) -> bool:
        asked = replace(case, sessions=replace(case.sessions, count=count))
        return footprint_of(asked).peak_bytes <= room.host_bytes

    count = largest(fits, MOST_IN_MEMORY)
    return CapacityLimit(name=MEMORY, formula=what, sessions=count or 0)


def _vram_limit(case: Case, room: Room) -> CapacityLimit:
    what = "what is free of the GPU's memory, less weights and the runtime's share, over the state of a session"
    free_bytes = room.vram_bytes
    if free_bytes is None:
        return _no_limit(MEMORY, what, NO_DEVICE, room.gpu_reason or "NVML does not tell what is free on the GPU")
    footprint = vram_needed(case, free_bytes)
    assert footprint is not None, "it is of a case that computes there"
    if not footprint.session_bytes:
        return _no_limit(MEMORY, what, "no_state", "what computes on the GPU keeps nothing for a session")
    count = largest(lambda n: footprint.with_sessions(n).total_bytes <= free_bytes, MOST_IN_MEMORY)
    return CapacityLimit(name=MEMORY, formula=what, sessions=count or 0)


def _roofline_limit(case: Case, room: Room) -> CapacityLimit:
    what = "bytes over bandwidth and FLOPs over peak of a GPU, in windows in which all work and all rings are full"
    found = _roof(case, room)
    if isinstance(found, NotAvailable):
        return CapacityLimit(name=ROOFLINE, formula=what, na=found)
    return CapacityLimit(name=ROOFLINE, formula=what, sessions=sessions_in_time(demand_of(case), found))


def _roof(case: Case, room: Room) -> Accelerator | NotAvailable:
    """Return the GPU's published figures, or why none hold for the case."""
    if not backends_on_gpu(case):
        detail = "it knows GPUs by what their makers publish, and this ran on a CPU"
        return NotAvailable(reason=NO_DEVICE, detail=detail)
    if room.gpu is None:
        return NotAvailable(reason=NO_DEVICE, detail=room.gpu_reason or "no GPU is known here")
    name = str(room.gpu["name"])
    if room.gpu.get("mig"):
        return NotAvailable(reason="divided_device", detail=f"{name} is divided (MIG): what a part reaches is unknown")
    accelerator = accelerator_of(name)
    if accelerator is None:
        known = ", ".join(gpu.name for gpu in ACCELERATORS)
        detail = f"bandwidth and peak of {name} are not known here, those of {known} are"
        return NotAvailable(reason="unknown_device", detail=detail)
    if any(precision == FULL for _, precision in _on_gpu(case)):
        return NotAvailable(
            reason="no_peak", detail="what is published of the GPU here is its peak at 16 bits, not FP32"
        )
    return accelerator


def demand_of(case: Case) -> Demand:
    """Return what the case's components on a GPU ask of it for each window, at most: all work, and all rings are full.

    Sessions that are answered one after the other read the weights anew, each for itself.
    """
    sizes = find_sizes(case.model)
    load = load_of(case, sizes)
    shape = WindowShape(
        frames=round(case.hop_ms / sizes.frame_ms),
        tokens=load.tokens * load.patches,
        context=sum(ring_capacities(sizes).values()),
    )
    works = window_work(sizes, shape).components
    parts = [(works[name], precision) for name, precision in _on_gpu(case) if name in works]
    demand = Demand(
        hop_ms=case.hop_ms,
        shared_read_bytes=sum(work.weight_read_bytes(precision) for work, precision in parts),
        session_read_bytes=sum(work.state_read_bytes(precision) for work, precision in parts),
        session_flops=sum(work.flops for work, _ in parts),
        weight_bytes=sum(work.weight_bytes(precision) for work, precision in parts),
        state_bytes=sum(work.state_bytes(precision) for work, precision in parts),
    )
    if case.sessions.is_batched:
        return demand
    alone = demand.shared_read_bytes + demand.session_read_bytes
    return replace(demand, shared_read_bytes=0.0, session_read_bytes=alone)


def _on_gpu(case: Case) -> list[tuple[str, str]]:
    """Return the components that compute on a GPU, each with its engine's precision."""
    sizes = find_sizes(case.model)
    called = load_of(case, sizes).storage
    return [(name, case.engines.of(name)[1]) for name in called if is_on_gpu(case, name)]


def _no_limit(name: str, formula: str, reason: str, detail: str) -> CapacityLimit:
    return CapacityLimit(name=name, formula=formula, na=NotAvailable(reason=reason, detail=detail))
