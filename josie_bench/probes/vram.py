"""`vram`: what this process and its GPUs hold of the GPUs' memory at an instant, as NVML and PyTorch tell it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from types import ModuleType
from typing import Any

from josie_bench.probes._nvml import held_bytes, load_nvml
from josie_bench.terms.recording import CUDA_ALLOCATED, CUDA_RESERVED, VRAM_FREE, VRAM_PROCESS, VRAM_USED
from josie_bench.terms.telemetry import AbsentSource

VISIBLE = "CUDA_VISIBLE_DEVICES"


@cache
def _nvml() -> Any | AbsentSource:
    return load_nvml()


def read_vram() -> dict[str, int]:
    """Return this process's memory on GPUs in bytes, and what is used and free on each; empty where there is none.

    The first call loads the bindings; each asks the driver, which takes a millisecond: never while something is timed.
    """
    return sizes_of(_nvml(), os.getpid()) | allocator_sizes(sys.modules.get("torch"))


def free_bytes() -> int | None:
    """Return what is free on the GPU that a trial runs on; None where NVML tells of none."""
    return free_of_first(_nvml(), os.environ.get(VISIBLE))


def free_of_first(nvml: Any | AbsentSource, visible: str | None) -> int | None:
    """Return what is free on the first GPU that CUDA sees, which is the one that backends take.

    Args:
        nvml: the bindings, or an object that answers as they do; or why there are none.
        visible: what `CUDA_VISIBLE_DEVICES` says, numbers or UUIDs; None where it says nothing and all are seen.
            Numbers count as NVML does, and CUDA too where GPUs are alike or `CUDA_DEVICE_ORDER` is `PCI_BUS_ID`.
    """
    first = "0" if visible is None else visible.split(",")[0].strip()
    if isinstance(nvml, AbsentSource) or not first or first.startswith("-"):
        return None
    with suppress(nvml.NVMLError):
        by_number = first.isdecimal()
        handle = nvml.nvmlDeviceGetHandleByIndex(int(first)) if by_number else nvml.nvmlDeviceGetHandleByUUID(first)
        return int(nvml.nvmlDeviceGetMemoryInfo(handle).free)
    return None


def sizes_of(nvml: Any | AbsentSource, pid: int) -> dict[str, int]:
    """Return `vram_used.gpu0`, `vram_free.gpu0`, and `vram_process.gpu0` where NVML lists the process with its size.

    A process that is not listed holds nothing there, or hides: which of the two, NVML does not say.

    Args:
        nvml: the bindings, or an object that answers as they do; or why there are none.
        pid: of the process.
    """
    sizes: dict[str, int] = {}
    if isinstance(nvml, AbsentSource):
        return sizes
    for gpu, handle in _gpus(nvml):
        with suppress(nvml.NVMLError):
            memory = nvml.nvmlDeviceGetMemoryInfo(handle)
            sizes |= {f"{VRAM_USED}.{gpu}": int(memory.used), f"{VRAM_FREE}.{gpu}": int(memory.free)}
        with suppress(nvml.NVMLError):
            held = held_bytes(nvml.nvmlDeviceGetComputeRunningProcesses(handle), (pid,))
            sizes |= {} if held is None else {f"{VRAM_PROCESS}.{gpu}": held}
    return sizes


def allocator_sizes(torch: ModuleType | None) -> dict[str, int]:
    """Return what PyTorch's allocator has reserved on all GPUs, and given out of it; empty where it uses none.

    Args:
        torch: as it was imported; None where it was not.
    """
    if torch is None or not torch.cuda.is_initialized():
        return {}
    gpus = range(torch.cuda.device_count())
    return {
        CUDA_RESERVED: sum(torch.cuda.memory_reserved(gpu) for gpu in gpus),
        CUDA_ALLOCATED: sum(torch.cuda.memory_allocated(gpu) for gpu in gpus),
    }


def _gpus(nvml: Any) -> Iterator[tuple[str, Any]]:
    with suppress(nvml.NVMLError):
        for index in range(int(nvml.nvmlDeviceGetCount())):
            yield f"gpu{index}", nvml.nvmlDeviceGetHandleByIndex(index)
