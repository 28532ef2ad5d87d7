"""`memory`: how much this process holds, and how much it could still get."""

from __future__ import annotations

from pathlib import Path

import psutil

from josie_bench.probes._control_group import memory_left

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


def available_bytes(root: Path = ROOT) -> int:
    """Return how much memory can still be taken: what the machine has free, or less where a container limits it.

    Args:
        root: where `/proc` and `/sys` are.
    """
    free: int = psutil.virtual_memory().available
    left = memory_left(root)
    return free if left is None else min(free, left)


def _sizes(path: Path) -> dict[str, int]:
    """Return the sizes that a file of `/proc` lists as `Name:  123 kB`, in bytes."""
    sizes = {}
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return {}
    for line in lines:
        name, _, rest = line.partition(":")
        words = rest.split()
        if len(words) == 2 and words[1] == "kB" and words[0].isdigit():
            sizes[name] = int(words[0]) * BYTES_PER_KIB
    return sizes
