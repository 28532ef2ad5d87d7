"""`memory`: how much this process holds, how much the machine has left, and what is swapped."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import psutil

from josie_bench.probes._kernel_files import counts, text
from josie_bench.terms.telemetry import AbsentSource, Source
from josie_bench.terms.timebase import mib_from_bytes

INTERVAL_MS = 100.0
BYTES_PER_KIB = 2**10
PROCESS = Path("/proc/self")
ROOT = Path("/")


def read_memory(process: Path = PROCESS) -> dict[str, int]:
    """Return this process's memory in bytes.

    `rss` is what is resident, `rss_peak` the most it ever was, `pss` counts a page shared by n processes as 1/n. A
    name is missing where the system does not tell.

    Args:
        process: the folder of `/proc` to read.
    """
    status = _sizes(process / "status")
    rollup = _sizes(process / "smaps_rollup")
    found = {"rss": status.get("VmRSS"), "rss_peak": status.get("VmHWM"), "pss": rollup.get("Pss")}
    if not status:
        found["rss"] = psutil.Process().memory_info().rss
    return {name: count for name, count in found.items() if count is not None}


def _sizes(path: Path) -> dict[str, int]:
    """Return the sizes that a file of `/proc` lists as `Name:  123 kB`, in bytes."""
    sizes = {}
    for line in text(path).splitlines():
        name, _, rest = line.partition(":")
        words = rest.split()
        if len(words) == 2 and words[1] == "kB" and words[0].isdigit():
            sizes[name] = int(words[0]) * BYTES_PER_KIB
    return sizes


def memory_sources(resident_bytes: Callable[[], int], root: Path = ROOT) -> list[Source | AbsentSource]:
    """Return the machine's memory and its swapping as sources, or for each why it cannot be read.

    Args:
        resident_bytes: what the trial's processes hold.
        root: where `/proc` is.
    """
    sizes, swapping = root / "proc/meminfo", root / "proc/vmstat"
    page_bytes = os.sysconf("SC_PAGE_SIZE")

    def read_sizes() -> dict[str, float]:
        available = _sizes(sizes).get("MemAvailable")
        left = {} if available is None else {"available": mib_from_bytes(available)}
        return left | {"resident": mib_from_bytes(resident_bytes())}

    def read_swap() -> dict[str, float]:
        counted = counts(swapping)
        return {
            f"{way}_total": mib_from_bytes(counted[f"pswp{way}"] * page_bytes)
            for way in ("in", "out")
            if f"pswp{way}" in counted
        }

    memory = Source(
        name="memory", interval_ms=INTERVAL_MS, units={"available": "MiB", "resident": "MiB"}, read=read_sizes
    )
    if not read_swap():
        detail = "/proc/vmstat does not count swapping"
        return [memory, AbsentSource(name="swap", reason="not_supported", detail=detail)]
    units = {"in_total": "MiB", "out_total": "MiB"}
    return [memory, Source(name="swap", interval_ms=INTERVAL_MS, units=units, read=read_swap)]
