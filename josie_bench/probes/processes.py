"""`processes`: a process with all that it started: their numbers, their processor time, their memory."""

from __future__ import annotations

import os
import time
from pathlib import Path

from josie_bench.probes._kernel_files import text

LOOK_AGAIN_S = 2.0  # the whole of /proc is read for it
PARENT, TIMES, RESIDENT = 1, slice(11, 13), 21  # of /proc/PID/stat, counted behind the name


class Tree:
    """A process and its descendants, looked for anew every two seconds.

    Args:
        pid: of the process at the top.
        root: where `/proc` is.
    """

    def __init__(self, pid: int, root: Path = Path("/")) -> None:
        self._top = pid
        self._proc = root / "proc"
        self._tick_s = 1.0 / os.sysconf("SC_CLK_TCK")
        self._page_bytes = os.sysconf("SC_PAGE_SIZE")
        self._looked_s = time.monotonic() - LOOK_AGAIN_S
        self._pids: tuple[int, ...] = ()
        self._used_s: dict[int, float] = {}

    def pids(self) -> tuple[int, ...]:
        """Return the numbers of all its processes."""
        if time.monotonic() - self._looked_s >= LOOK_AGAIN_S:
            self._looked_s = time.monotonic()
            self._pids = self._look()
        return self._pids

    def cpu_s(self) -> float:
        """Return the processor time that all of them used, as far as it was seen of those that have ended."""
        for pid in self.pids():
            if words := _stat(self._proc / str(pid)):
                self._used_s[pid] = sum(int(word) for word in words[TIMES]) * self._tick_s
        return sum(self._used_s.values())

    def resident_bytes(self) -> int:
        """Return how much memory they hold, pages that several share counted for each."""
        found = (_stat(self._proc / str(pid)) for pid in self.pids())
        return sum(int(words[RESIDENT]) for words in found if words) * self._page_bytes

    def _look(self) -> tuple[int, ...]:
        children: dict[int, list[int]] = {}
        for folder in self._proc.iterdir():
            if folder.name.isdigit() and (words := _stat(folder)):
                children.setdefault(int(words[PARENT]), []).append(int(folder.name))
        found = [self._top]
        for pid in found:
            found += children.get(pid, [])
        return tuple(found)


def _stat(folder: Path) -> list[str]:
    """Return what `stat` says behind the process's name, which may hold blanks; empty where it has ended."""
    return text(folder / "stat").rpartition(") ")[2].split()
