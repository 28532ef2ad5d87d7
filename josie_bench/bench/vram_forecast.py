"""What a case will hold of a GPU's memory, before it is run: the memory model's terms of engines that compute there.

What a driver's context takes follows from no shape. It is a constant of a backend (`CONTEXT_BYTES`), to be fitted on
one preset and checked on another; until somebody with a GPU has done that, its term says so.
"""

from __future__ import annotations

from itertools import islice

from josie_bench.bench.memory_forecast import backends_on_gpu, is_on_gpu, load_of, shared_terms
from josie_bench.model.memory import model_terms
from josie_bench.model.presets import find_sizes
from josie_bench.plugins import find_member
from josie_bench.terms.accelerator import GIB
from josie_bench.terms.case import Case
from josie_bench.terms.memory_model import Footprint, with_gpu
from josie_bench.terms.recording import PREDICTED_VRAM, MemoryReading


def vram_footprint(case: Case) -> Footprint | None:
    """Return what one trial of the case holds on a GPU; None where none of its engines computes there."""
    on_gpu = backends_on_gpu(case)
    if not on_gpu or case.is_virtual:
        return None
    sizes = find_sizes(case.model)
    terms = model_terms(sizes, load_of(case, sizes))
    fitted = [getattr(find_member("backends", backend), "CONTEXT_BYTES", None) for backend in on_gpu]
    known = [count for count in fitted if count is not None]
    context = max(known) if len(known) == len(fitted) else None  # a process has one, whoever computes in it
    held = (term for term in terms if term.is_lasting and term.part is not None and is_on_gpu(case, term.part))
    return Footprint(terms=(*shared_terms(case, held), *with_gpu(context)), sessions=case.sessions.seats)


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


def vram_shortage(case: Case, free_bytes: int | None) -> str | None:
    """Return why the case cannot fit into a GPU with so much free, or None where it may, or where that is not known."""
    footprint = vram_footprint(case)
    if footprint is None or free_bytes is None or footprint.total_bytes <= free_bytes:
        return None
    largest = ", ".join(f"{name} {count / GIB:.2f} GiB" for name, count in islice(footprint.by_name().items(), 3))
    return (
        f"it would hold at least {footprint.total_bytes / GIB:.2f} GiB of a GPU ({largest}) and "
        f"{free_bytes / GIB:.2f} GiB are free: take a smaller preset, a narrower precision or a larger GPU"
    )
