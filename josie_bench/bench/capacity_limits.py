"""How many sessions each single thing would allow, beside the number that a search found: time, memory, the roof.

Of a GPU there is room where NVML tells what is free; else the reason stands there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from josie_bench.bench.memory_forecast import footprint_of
from josie_bench.bench.roofline_limit import roofline_limit
from josie_bench.bench.room import Room
from josie_bench.bench.vram_forecast import vram_footprint, vram_needed
from josie_bench.terms.capacity import CapacityLimit
from josie_bench.terms.case import Case
from josie_bench.terms.memory_model import largest
from josie_bench.terms.result import CaseResult
from josie_bench.terms.score import NotAvailable

TIME, MEMORY = "time", "memory"
MOST_IN_MEMORY = 10**6


def limits_of(case: Case, results: Mapping[int, CaseResult], room: Room) -> list[CapacityLimit]:
    """Return what each thing alone would allow.

    Args:
        case: of scenario capacity.
        results: of the levels that were measured, by their sessions.
        room: on the machine that measured them.
    """
    return [_time_limit(case, results), _memory_limit(case, room), roofline_limit(case, room)]


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
        return _no_limit(MEMORY, what, "no_device", room.gpu_reason or "NVML does not tell what is free on the GPU")
    footprint = vram_needed(case, free_bytes)
    assert footprint is not None, "it is of a case that computes there"
    if not footprint.session_bytes:
        return _no_limit(MEMORY, what, "no_state", "what computes on the GPU keeps nothing for a session")
    count = largest(lambda n: footprint.with_sessions(n).total_bytes <= free_bytes, MOST_IN_MEMORY)
    return CapacityLimit(name=MEMORY, formula=what, sessions=count or 0)


def _no_limit(name: str, formula: str, reason: str, detail: str) -> CapacityLimit:
    return CapacityLimit(name=name, formula=formula, na=NotAvailable(reason=reason, detail=detail))
