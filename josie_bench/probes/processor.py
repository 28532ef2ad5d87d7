"""`processor`: how busy the cores are and with what, their clocks, pressure and quota."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from josie_bench.probes._control_group import cpu_stat, quota_cores
from josie_bench.probes._kernel_files import text
from josie_bench.terms.telemetry import AbsentSource, Source
from josie_bench.terms.timebase import ms_from_us

INTERVAL_MS = 100.0
CLOCKS_INTERVAL_MS = 500.0  # a file for each core
ROOT = Path("/")
KHZ_PER_MHZ = 1000.0
IDLE, IO_WAIT, STEAL, KERNEL_FIELDS = 3, 4, 7, 8  # of a line of /proc/stat; guests' time is in the users' already

Found = Source | AbsentSource


def processor_sources(own_cpu_s: Callable[[], float], root: Path = ROOT) -> list[Found]:
    """Return the processor's sources, or for each why it cannot be read.

    Args:
        own_cpu_s: processor time that the trial and what watches it have used so far.
        root: where `/proc` and `/sys` are.
    """
    return [_load(own_cpu_s, root), _clocks(root), _pressure(root), _quota(root)]


def _load(own_cpu_s: Callable[[], float], root: Path) -> Found:
    """Cores' time since the machine started: all that was used, what the host kept from us, and what is ours."""
    file = root / "proc/stat"
    if _ticks(file) is None:
        return _absent("cpu", "not_supported", "/proc/stat cannot be read")
    tick_hz = os.sysconf("SC_CLK_TCK")

    def read() -> dict[str, float]:
        ticks = _ticks(file)
        if ticks is None:
            return {}
        busy = sum(ticks) - ticks[IDLE] - ticks[IO_WAIT] - ticks[STEAL]
        return {"busy_total": busy / tick_hz, "steal_total": ticks[STEAL] / tick_hz, "own_total": own_cpu_s()}

    return _source("cpu", {"busy_total": "s", "steal_total": "s", "own_total": "s"}, read)


def _ticks(file: Path) -> list[int] | None:
    words = text(file).partition("\n")[0].split()
    fields = words[1 : 1 + KERNEL_FIELDS]
    return [int(word) for word in fields] if words[:1] == ["cpu"] and len(fields) == KERNEL_FIELDS else None


def _clocks(root: Path) -> Found:
    files = sorted((root / "sys/devices/system/cpu").glob("cpu[0-9]*/cpufreq/scaling_cur_freq"))
    files = [file for file in files if text(file)]
    if not files:
        return _absent("cpu_clock", "not_supported", "the system does not tell the cores' clocks (usual where virtual)")
    names = {file: file.parent.parent.name for file in files}

    def read() -> dict[str, float]:
        told = {names[file]: text(file).strip() for file in files}
        return {name: int(khz) / KHZ_PER_MHZ for name, khz in told.items() if khz.isdigit()}

    units = dict.fromkeys(names.values(), "MHz")
    return Source(name="cpu_clock", interval_ms=CLOCKS_INTERVAL_MS, units=units, read=read)


def _pressure(root: Path) -> Found:
    """For how long some task waited for a core, for memory or for a disk."""
    folder = root / "proc/pressure"
    kinds = [kind for kind in ("cpu", "memory", "io") if _stalled_us(folder / kind) is not None]
    if not kinds:
        return _absent("pressure", "not_supported", "the kernel keeps no pressure figures in /proc/pressure")

    def read() -> dict[str, float]:
        stalled = {kind: _stalled_us(folder / kind) for kind in kinds}
        return {f"{kind}_total": ms_from_us(us) for kind, us in stalled.items() if us is not None}

    return _source("pressure", {f"{kind}_total": "ms" for kind in kinds}, read)


def _stalled_us(file: Path) -> int | None:
    line = text(file).partition("\n")[0]
    total = line.rpartition("total=")[2]
    return int(total) if line.startswith("some ") and total.isdigit() else None


def _quota(root: Path) -> Found:
    """How often and for how long the control group was held back because its share of time was used up."""
    if quota_cores(root) is None:
        return _absent("quota", "no_limit", "no control group limits this process's share of the cores")
    if not cpu_stat(root):
        return _absent("quota", "not_permitted", "the control group's cpu.stat cannot be read")

    def read() -> dict[str, float]:
        stat = cpu_stat(root)
        return {
            "throttled_total": float(stat["nr_throttled"]),
            "throttled_time_total": ms_from_us(stat["throttled_usec"]),
        }

    return _source("quota", {"throttled_total": "periods", "throttled_time_total": "ms"}, read)


def _source(name: str, units: Mapping[str, str], read: Callable[[], Mapping[str, float]]) -> Source:
    return Source(name=name, interval_ms=INTERVAL_MS, units=units, read=read)


def _absent(name: str, reason: str, detail: str) -> AbsentSource:
    return AbsentSource(name=name, reason=reason, detail=detail)
