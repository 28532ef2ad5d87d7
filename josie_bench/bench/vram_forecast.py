"""What a case will hold of a GPU's memory, before it is run: the memory model's terms of engines that compute there.

What a driver's context takes follows from no shape. It is a constant of a backend (`CONTEXT_BYTES`), to be fitted on
one preset and checked on another; until somebody with a GPU has done that, its term beside a measurement says so. What
cannot fit is told before anything is measured: there it is counted as `fit` counts it, and so are fragments.
"""

from __future__ import annotations

from dataclasses import replace

from josie_bench.bench.memory_forecast import backends_on_gpu, case_terms, is_on_gpu, shared_terms
from josie_bench.bench.shortage import gib, largest_terms, what_fits
from josie_bench.plugins import find_member
from josie_bench.terms.case import Case
from josie_bench.terms.memory_model import Footprint, on_device, with_gpu
from josie_bench.terms.recording import PREDICTED_VRAM, MemoryReading


def vram_footprint(case: Case) -> Footprint | None:
    """Return what one trial of the case holds on a GPU; None where none of its engines computes there."""
    on_gpu = backends_on_gpu(case)
    if not on_gpu or case.is_virtual:
        return None
    fitted = [getattr(find_member("backends", backend), "CONTEXT_BYTES", None) for backend in on_gpu]
    known = [count for count in fitted if count is not None]
    context = max(known) if len(known) == len(fitted) else None  # a process has one, whoever computes in it
    held = (
        term for term in case_terms(case) if term.is_lasting and term.part is not None and is_on_gpu(case, term.part)
    )
    return Footprint(terms=(*shared_terms(case, held), *with_gpu(context)), sessions=case.sessions.seats)


def vram_needed(case: Case, free_bytes: float) -> Footprint | None:
    """Return what a trial of the case takes of a GPU with so much free; None where none of its engines computes there.

    What has no number beside a measurement is assumed here as `fit` assumes it: half a GiB for the driver's context
    where nobody has fitted it, and a tenth of what is free for fragments; or it is what the case says.
    """
    footprint = vram_footprint(case)
    if footprint is None:
        return None
    reserve = case.gpu_memory
    counted = {term.name: term for term in on_device(free_bytes, reserve)}
    given = {"runtime_context"} if reserve.context is not None else set()
    terms = (
        counted.get(term.name, term) if term.na is not None or term.name in given else term for term in footprint.terms
    )
    return replace(footprint, terms=tuple(terms))


def vram_readings(case: Case) -> list[MemoryReading]:
    """Return the terms on a GPU that have bytes, as readings beside those that are measured."""
    footprint = vram_footprint(case)
    if footprint is None:
        return []
    return [
        MemoryReading(phase=PREDICTED_VRAM, name=term.key, byte_count=footprint.held_bytes(term))
        for term in footprint.terms
        if term.na is None
    ]


def allocator_bytes(case: Case) -> int | None:
    """Return what is left for PyTorch's allocator of what the case may hold; None where it has no cap.

    The driver's context lies beside what the allocator takes, and counts as it does before a run.
    """
    cap = case.gpu_memory.cap
    if cap is None:
        return None
    needed = vram_needed(case, free_bytes=0.0)
    return None if needed is None else max(cap - needed.by_name()["runtime_context"], 0)


def vram_shortage(case: Case, free_bytes: int | None) -> str | None:
    """Return why the case cannot fit into a GPU with so much free, or None where it may, or where that is not known.

    A case that has a cap has to fit into that, too.
    """
    had = case.gpu_memory.within(free_bytes)
    if had is None:
        return None

    def fits(asked: Case) -> bool:
        needed = vram_needed(asked, had)
        return needed is None or needed.total_bytes <= had

    needed = vram_needed(case, had)
    if needed is None or fits(case):
        return None
    taken = needed.by_name()
    told, place = "are free", "on a larger GPU"
    if had == case.gpu_memory.cap:
        told, place = "may be held (gpu_memory.cap)", "under a higher cap"
    return (
        f"it would take {gib(needed.total_bytes)} of a GPU ({largest_terms(needed)}; of all that "
        f"{gib(taken['runtime_context'])} are counted for the driver's context and {gib(taken['fragmentation'])} for "
        f"fragments) and {gib(had)} {told}: {what_fits(case, fits, place)}"
    )
