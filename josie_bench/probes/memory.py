"""`memory`: how much this process holds, how much the machine has left, and what is swapped."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import psutil

from josie_bench.probes import _control_group
from josie_bench.probes._kernel_files import counts, text
from josie_bench.terms.telemetry import AbsentSource, Source
from josie_bench.terms.timebase import mib_from_bytes

INTERVAL_MS = 100.0
BYTES_PER_KIB = 2**10
PROCESS = Path("/proc/self")
STATM = PROCESS / "statm"
STATM_BYTES = 128  # seven numbers
ROOT = Path("/")


def read_memory(process: Path = PROCESS) -> dict[str, int]:
    """Return this process's memory in bytes: what is resident, and `pss`, a page shared by n processes as 1/n.

    To count the shares the system walks all pages, which takes milliseconds: never while something is timed.

    Args:
        process: the folder of `/proc` to read.
    """
    shares = _sizes(process / "smaps_rollup")
    return read_resident(process) | ({"pss": shares["Pss"]} if "Pss" in shares else {})


def read_resident(process: Path = PROCESS) -> dict[str, int]:
    """Return what of this process is resident, in bytes.

    `rss` is all of it, `rss_anon` what belongs to no file and `rss_file` what does, such as code and mapped weights;
    `rss_peak` is the most it ever was. A name is missing where the system does not tell.

    Args:
        process: the folder of `/proc` to read.
    """
    status = _sizes(process / "status")
    found = {"rss": status.get("VmRSS"), "rss_peak": status.get("VmHWM")}
    found |= {"rss_anon": status.get("RssAnon"), "rss_file": status.get("RssFile")}
    if not status:
        found["rss"] = psutil.Process().memory_info().rss
    return {name: count for name, count in found.items() if count is not None}


@cache
def _statm() -> int | None:
    """Return `/proc/self/statm`, open; None where the system has none."""
    return os.open(STATM, os.O_RDONLY) if STATM.exists() else None


def read_growing() -> dict[str, int]:
    """Return `rss` and `heap_used` of this process, in bytes, as far as they are told.

    It takes 3 µs, so that what is between two readings is still small.
    """
    file, heap = _statm(), read_heap()
    found = {"rss": int(os.pread(file, STATM_BYTES, 0).split()[1]) * os.sysconf("SC_PAGE_SIZE")} if file else {}
    return found | {name: size for name, size in heap.items() if name == "heap_used"}


class _Mallinfo(ctypes.Structure):
    """What glibc's `mallinfo2` returns of all arenas together: ten sizes, of which three are read."""

    _fields_ = (("sizes", ctypes.c_size_t * 10),)


MAPPED, GIVEN_OUT, FREE = 4, 7, 8  # hblkhd, uordblks, fordblks


@cache
def _mallinfo() -> Any:
    """Return glibc's `mallinfo2`, or None where the C library is another or older than 2.33."""
    found = getattr(ctypes.CDLL(None), "mallinfo2", None)
    if found is not None:
        found.restype = _Mallinfo
    return found


def read_heap() -> dict[str, int]:
    """Return what the C library's allocator of this process holds, in bytes; empty where it does not tell.

    `heap_used` is what it has given out, in its arenas and as mappings of their own, `heap_free` what lies there free.
    """
    ask = _mallinfo()
    if ask is None:
        return {}
    sizes = ask().sizes
    return {"heap_used": sizes[GIVEN_OUT] + sizes[MAPPED], "heap_free": sizes[FREE]}


def available_bytes(root: Path = ROOT) -> int:
    """Return how much memory can still be taken: what the machine has free, or less where a container limits it."""
    return _control_group.available_bytes(root)


def oom_kills(root: Path = ROOT) -> int | None:
    """Return how many processes of this one's control group were killed because memory had run out; None if unknown."""
    return _control_group.oom_kills(root)


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
