"""`gpu`: clocks, temperature, power, memory, throttling and foreign processes of NVIDIA GPUs, through NVML."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from josie_bench.probes._nvml import VISIBLE as VISIBLE  # for whoever asks for the sources, like the bindings
from josie_bench.probes._nvml import held_bytes, none_visible, visible_gpus
from josie_bench.probes._nvml import load_nvml as load_nvml
from josie_bench.terms.telemetry import (
    ENERGY,
    FOREIGN_PROCESSES,
    MEMORY_USED,
    OWN_MEMORY,
    OWN_PROCESSES,
    POWER,
    POWER_INSTANT,
    POWER_LIMIT,
    AbsentSource,
    Source,
)
from josie_bench.terms.timebase import mib_from_bytes

INTERVAL_MS = 50.0
MILLI = 1000.0  # NVML counts milliwatts and millijoules
UNITS = {
    "sm_clock": "MHz",
    "memory_clock": "MHz",
    "temperature": "°C",
    POWER: "W",
    POWER_INSTANT: "W",
    POWER_LIMIT: "W",
    ENERGY: "J",
    "throttle_reasons": "bits",
    MEMORY_USED: "MiB",
    OWN_PROCESSES: "processes",
    FOREIGN_PROCESSES: "processes",
    OWN_MEMORY: "MiB",
    "ecc_errors_total": "errors",
    "mig_mode": "mode",
}
Names = tuple[str, ...]
Reader = Callable[[], tuple[float, ...]]  # a value for each of its names


def gpu_sources(
    nvml: Any, own_pids: Callable[[], Collection[int]], visible: str | None
) -> tuple[list[Source], list[AbsentSource]]:
    """Return a source for each GPU that CUDA sees, `gpu0` and so on in its order, and what of it cannot be read.

    Args:
        nvml: the bindings, or an object that answers as they do; or why there are none.
        own_pids: the processes that are not foreign.
        visible: as `visible_gpus` takes it.
    """
    if isinstance(nvml, AbsentSource):
        return [], [nvml]
    handles = visible_gpus(nvml, visible)
    if not handles:
        return [], [none_visible(visible)]
    sources: list[Source] = []
    absent: list[AbsentSource] = []
    for index, handle in enumerate(handles):
        readers, missing = _supported(nvml, handle, own_pids)
        name = f"gpu{index}"
        absent += [
            AbsentSource(name=f"{name}.{what}", reason="not_supported", detail=f"NVML does not tell {what}: {why}")
            for what, why in missing.items()
        ]
        units = {what: UNITS[what] for names in readers for what in names}
        sources.append(Source(name=name, interval_ms=INTERVAL_MS, units=units, read=_reading(nvml, readers)))
    return sources, absent


def _readers(nvml: Any, handle: Any, own_pids: Callable[[], Collection[int]]) -> dict[Names, Reader]:
    """Return what reads each of `UNITS` from one GPU; what comes of one question is read together."""
    temperature = nvml.NVML_TEMPERATURE_GPU
    uncorrected, volatile = nvml.NVML_MEMORY_ERROR_TYPE_UNCORRECTED, nvml.NVML_VOLATILE_ECC
    return {
        ("sm_clock",): lambda: (nvml.nvmlDeviceGetClockInfo(handle, nvml.NVML_CLOCK_SM),),
        ("memory_clock",): lambda: (nvml.nvmlDeviceGetClockInfo(handle, nvml.NVML_CLOCK_MEM),),
        ("temperature",): lambda: (nvml.nvmlDeviceGetTemperature(handle, temperature),),
        (POWER,): lambda: (nvml.nvmlDeviceGetPowerUsage(handle) / MILLI,),
        (POWER_INSTANT,): lambda: (_field(nvml, handle, nvml.NVML_FI_DEV_POWER_INSTANT) / MILLI,),
        (POWER_LIMIT,): lambda: (nvml.nvmlDeviceGetEnforcedPowerLimit(handle) / MILLI,),
        (ENERGY,): lambda: (nvml.nvmlDeviceGetTotalEnergyConsumption(handle) / MILLI,),
        ("throttle_reasons",): lambda: (nvml.nvmlDeviceGetCurrentClocksThrottleReasons(handle),),
        (MEMORY_USED,): lambda: (mib_from_bytes(nvml.nvmlDeviceGetMemoryInfo(handle).used),),
        (OWN_PROCESSES, FOREIGN_PROCESSES, OWN_MEMORY): lambda: _computing(
            nvml.nvmlDeviceGetComputeRunningProcesses(handle), own_pids()
        ),
        ("ecc_errors_total",): lambda: (nvml.nvmlDeviceGetTotalEccErrors(handle, uncorrected, volatile),),
        ("mig_mode",): lambda: (nvml.nvmlDeviceGetMigMode(handle)[0],),
    }


def _field(nvml: Any, handle: Any, number: int) -> int:
    """Return one of the numbers that NVML has no function for.

    Raises:
        NVMLError: the GPU does not tell it.
    """
    (found,) = nvml.nvmlDeviceGetFieldValues(handle, [number])
    if found.nvmlReturn != nvml.NVML_SUCCESS:
        raise nvml.NVMLError(found.nvmlReturn)
    return int(found.value.uiVal)


def _computing(processes: Collection[Any], own: Collection[int]) -> tuple[float, float, float]:
    """Return how many processes that compute on the GPU are ours, how many are not, and the MiB that ours hold.

    NaN where it cannot tell: in a container NVML may give the numbers that processes have outside of it, and then none
    of them is known here.
    """
    pids = {process.pid for process in processes}
    ours = pids & set(own)
    if pids and not ours and not any(Path(f"/proc/{pid}").exists() for pid in pids):
        return math.nan, math.nan, math.nan
    held = held_bytes(processes, own) if ours else 0
    return len(ours), len(pids - ours), math.nan if held is None else mib_from_bytes(held)


def _supported(
    nvml: Any, handle: Any, own_pids: Callable[[], Collection[int]]
) -> tuple[dict[Names, Reader], dict[str, str]]:
    """Return the readers that answer, and by name why the others do not."""
    readers = _readers(nvml, handle, own_pids)
    missing: dict[str, str] = {}
    for names, read in readers.items():
        try:
            read()
        except nvml.NVMLError as error:
            missing |= dict.fromkeys(names, str(error))
    return {names: read for names, read in readers.items() if missing.keys().isdisjoint(names)}, missing


def _reading(nvml: Any, readers: Mapping[Names, Reader]) -> Callable[[], dict[str, float]]:
    def read() -> dict[str, float]:
        values: dict[str, float] = {}
        for names, reader in readers.items():
            with suppress(nvml.NVMLError):  # lost for a moment: its silence is what telemetry reports
                values |= zip(names, map(float, reader()), strict=True)
        return values

    return read
