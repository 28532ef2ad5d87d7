"""NVML's bindings, and what their lists of processes say of ours."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Collection, Iterable
from typing import Any

from josie_bench.terms.telemetry import AbsentSource


def load_nvml() -> Any | AbsentSource:
    """Return the NVML bindings, initialised, or why there are none."""
    if importlib.util.find_spec("pynvml") is None:
        detail = "the NVML bindings are not installed: pip install nvidia-ml-py"
        return AbsentSource(name="gpu", reason="no_library", detail=detail)
    nvml: Any = importlib.import_module("pynvml")
    try:
        nvml.nvmlInit()
    except nvml.NVMLError as error:
        return AbsentSource(name="gpu", reason="no_driver", detail=f"NVML finds no NVIDIA driver: {error}")
    return nvml


def held_bytes(processes: Iterable[Any], own: Collection[int]) -> int | None:
    """Return what some processes hold of a GPU's memory; None where none of them is listed, or one without its size.

    In a container a process may have another number than NVML lists; with MIG, and on Windows, sizes are not told.

    Args:
        processes: that compute on the GPU, as NVML lists them.
        own: numbers of those that are asked about.
    """
    sizes = [process.usedGpuMemory for process in processes if process.pid in own]
    return None if not sizes or None in sizes else sum(sizes)
