"""A trial's process held to what its case may hold of a GPU. Written without a GPU, and never run on one.

PyTorch's allocator can be held, and what it cannot have is out of memory. What libraries take past it, as TensorRT
does, can only be watched: `bench.validity` looks at what was seen of it.
"""

from __future__ import annotations

import importlib.util
import sys

from josie_bench.bench.vram_forecast import allocator_bytes
from josie_bench.probes.vram_cap import could_be_had, hold_allocator
from josie_bench.terms.case import Case
from josie_bench.terms.result import OUT_OF_CAP, OUT_OF_DEVICE


def hold_to_cap(case: Case) -> None:
    """Let PyTorch take what the case's cap leaves it beside the driver's context, and no more."""
    byte_count = allocator_bytes(case)
    if byte_count is not None and importlib.util.find_spec("torch") is not None:
        hold_allocator(importlib.import_module("torch"), byte_count)


def whose_ran_out(case: Case, exhaustion: str) -> str:
    """Return why memory ran out, told to be the case's cap where the GPU has as much as that leaves.

    Args:
        case: that ran out of it.
        exhaustion: as `exhaustion_of` puts it.
    """
    byte_count = allocator_bytes(case)
    if byte_count is None or not could_be_had(sys.modules.get("torch"), byte_count):
        return exhaustion
    return exhaustion.replace(OUT_OF_DEVICE, OUT_OF_CAP, 1)
