"""NVML's bindings, which GPUs they tell of that CUDA sees, and what their lists of processes say of ours."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Collection, Iterable
from contextlib import suppress
from typing import Any

from josie_bench.terms.telemetry import AbsentSource

PART = "MIG-"
MILLIWATTS_PER_W = 1000
VISIBLE = "CUDA_VISIBLE_DEVICES"  # leaves CUDA some of the GPUs; NVML lists all of them nevertheless


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


def visible_gpus(nvml: Any, visible: str | None) -> list[Any]:
    """Return the handles of the GPUs that CUDA sees, in its order; backends take the first.

    Args:
        nvml: the bindings, or an object that answers as they do.
        visible: what `CUDA_VISIBLE_DEVICES` says, numbers or UUIDs, which may be cut short as long as one GPU alone
            begins so; None where it says nothing and all are seen.
            Numbers count as NVML does, and CUDA too where GPUs are alike or `CUDA_DEVICE_ORDER` is `PCI_BUS_ID`.
    """
    handles: list[Any] = []
    with suppress(nvml.NVMLError):  # what is no GPU hides all that are named after it, as CUDA has it
        names = map(str, range(int(nvml.nvmlDeviceGetCount()))) if visible is None else visible.split(",")
        for name in map(str.strip, names):
            if name.isdecimal():
                handles.append(nvml.nvmlDeviceGetHandleByIndex(int(name)))
            else:
                handles.append(_by_uuid(nvml, name))
    return handles


def none_visible(visible: str | None) -> AbsentSource:
    """Return why `visible_gpus` found none."""
    if visible is None:
        return AbsentSource(name="gpu", reason="no_driver", detail="NVML finds no GPU")
    detail = f"NVML finds no GPU that {VISIBLE}={visible!r} names"
    return AbsentSource(name="gpu", reason="not_permitted", detail=detail)


def _by_uuid(nvml: Any, begin: str) -> Any:
    """Return the one GPU whose UUID begins so, of a part of one (MIG) the whole.

    Raises:
        NVMLError: none does, or several.
    """
    every = map(nvml.nvmlDeviceGetHandleByIndex, range(int(nvml.nvmlDeviceGetCount())))
    found = [handle for handle in every if uuid_of(nvml, handle).startswith(begin)]
    if begin and len(found) == 1:
        return found[0]
    named = nvml.nvmlDeviceGetHandleByUUID(begin)
    return nvml.nvmlDeviceGetDeviceHandleFromMigDeviceHandle(named) if begin.startswith(PART) else named


def uuid_of(nvml: Any, handle: Any) -> str:
    """Return a GPU's UUID; some bindings tell it as bytes."""
    uuid: str | bytes = nvml.nvmlDeviceGetUUID(handle)
    return uuid.decode() if isinstance(uuid, bytes) else uuid


def held_bytes(processes: Iterable[Any], own: Collection[int]) -> int | None:
    """Return what some processes hold of a GPU's memory; None where none of them is listed, or one without its size.

    In a container a process may have another number than NVML lists; with MIG, and on Windows, sizes are not told.

    Args:
        processes: that compute on the GPU, as NVML lists them.
        own: numbers of those that are asked about.
    """
    sizes = [process.usedGpuMemory for process in processes if process.pid in own]
    return None if not sizes or None in sizes else sum(sizes)
