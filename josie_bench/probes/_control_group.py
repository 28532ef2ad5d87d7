"""What the control group of this process allows it: a container's limits on memory and time."""

from __future__ import annotations

from pathlib import Path

import psutil

from josie_bench.probes._kernel_files import counts, text


def available_bytes(root: Path) -> int:
    """Return how much memory can still be taken: what the machine has free, or less where a limit leaves less.

    Args:
        root: where `/proc` and `/sys` are.
    """
    free: int = psutil.virtual_memory().available
    left = memory_left(root)
    return free if left is None else min(free, left)


def memory_left(root: Path) -> int | None:
    """Return how many bytes the tightest limit above this process leaves; None where there is no limit.

    Cached files count as free, because they are given back when memory runs short.

    Args:
        root: where `/proc` and `/sys` are.
    """
    left = []
    for folder in _folders(root):
        limit, used = _number(folder / "memory.max"), _number(folder / "memory.current")
        if limit is not None and used is not None:
            cached = counts(folder / "memory.stat").get("inactive_file", 0)
            left.append(max(0, limit - used + cached))
    old = root / "sys/fs/cgroup/memory"
    limit, used = _number(old / "memory.limit_in_bytes"), _number(old / "memory.usage_in_bytes")
    if limit is not None and used is not None:
        left.append(max(0, limit - used))
    return min(left, default=None)


def oom_kills(root: Path) -> int | None:
    """Return how many processes of the nearest group that counts them the kernel killed because memory had run out.

    None where no group does. It counts before it kills, so whoever sees the process end sees the count.

    Args:
        root: where `/proc` and `/sys` are.
    """
    old = root / "sys/fs/cgroup/memory"
    files = [folder / "memory.events" for folder in _folders(root)]
    files += [old / _own(root, "memory") / "memory.oom_control", old / "memory.oom_control"]
    return next((counted["oom_kill"] for counted in map(counts, files) if "oom_kill" in counted), None)


def quota_cores(root: Path) -> float | None:
    """Return how many cores' worth of time the tightest limit allows; None where there is no limit.

    Args:
        root: where `/proc` and `/sys` are.
    """
    pairs = [text(folder / "cpu.max").split() for folder in _folders(root)]
    old = root / "sys/fs/cgroup/cpu"
    pairs.append([text(old / "cpu.cfs_quota_us").strip(), text(old / "cpu.cfs_period_us").strip()])
    return min((int(pair[0]) / int(pair[1]) for pair in pairs if _are_limits(pair)), default=None)


def cpu_stat(root: Path) -> dict[str, int]:
    """Return `nr_throttled` and `throttled_usec` of the nearest group that counts both; empty where none does.

    Args:
        root: where `/proc` and `/sys` are.
    """
    old = counts(root / "sys/fs/cgroup/cpu/cpu.stat")
    if "throttled_time" in old:  # version 1 counts nanoseconds
        old["throttled_usec"] = old["throttled_time"] // 1000
    for counted in (*(counts(folder / "cpu.stat") for folder in _folders(root)), old):
        if {"nr_throttled", "throttled_usec"} <= counted.keys():
            return {name: counted[name] for name in ("nr_throttled", "throttled_usec")}
    return {}


def _are_limits(pair: list[str]) -> bool:
    return len(pair) == 2 and all(word.isdigit() for word in pair) and int(pair[1]) > 0


def _folders(root: Path) -> list[Path]:
    """Return the folders of this process's version 2 group and of all above it."""
    groups = root / "sys/fs/cgroup"
    folder = groups / _own(root, "")
    return [folder, *(above for above in folder.parents if above.is_relative_to(groups))]


def _own(root: Path, controller: str) -> str:
    """Return the name of this process's group, of version 2 where no controller is named."""
    lines = (line.split(":", 2) for line in text(root / "proc/self/cgroup").splitlines())
    return next((words[2].strip("/") for words in lines if words[1:2] == [controller]), "")


def _number(path: Path) -> int | None:
    digits = text(path).strip()
    return int(digits) if digits.isdigit() else None
