"""`vram`: what is held of the GPUs that CUDA sees at an instant, as NVML and PyTorch tell it."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from functools import cache
from types import ModuleType
from typing import Any

from josie_bench.probes._nvml import VISIBLE, held_bytes, load_nvml, visible_gpus
from josie_bench.terms.recording import CUDA_ALLOCATED, CUDA_RESERVED, VRAM_FREE, VRAM_PROCESS, VRAM_USED
from josie_bench.terms.telemetry import AbsentSource


@cache
def _nvml() -> Any | AbsentSource:
    return load_nvml()


def read_vram() -> dict[str, int]:
    """Return this process's memory on GPUs in bytes, and what is used and free on each; empty where there is none.

    The first call loads the bindings; each asks the driver, which takes a millisecond: never while something is timed.
    """
    return _sizes() | allocator_sizes(sys.modules.get("torch"))


def free_bytes() -> int | None:
    """Return what is free on the first GPU that CUDA sees, which backends take; None where NVML tells of none."""
    return _sizes().get(f"{VRAM_FREE}.gpu0")


def _sizes() -> dict[str, int]:
    return sizes_of(_nvml(), os.getpid(), os.environ.get(VISIBLE))


def sizes_of(nvml: Any | AbsentSource, pid: int, visible: str | None) -> dict[str, int]:
    """Return `vram_used.gpu0`, `vram_free.gpu0`, and `vram_process.gpu0` where NVML lists the process with its size.

    GPUs are those that CUDA sees, in its order.

    A process that is not listed holds nothing there, or hides: which of the two, NVML does not say.

    Args:
        nvml: the bindings, or an object that answers as they do; or why there are none.
        pid: of the process.
        visible: as `visible_gpus` takes it.
    """
    sizes: dict[str, int] = {}
    if isinstance(nvml, AbsentSource):
        return sizes
    for index, handle in enumerate(visible_gpus(nvml, visible)):
        gpu = f"gpu{index}"
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
