"""What a build took: seconds of each phase, and the most memory that its processes held."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from josie_bench.probes.memory import read_resident
from josie_bench.terms.timebase import mib_from_bytes

CLEAR_REFS = Path("/proc/self/clear_refs")
FORGET_PEAK = "5"  # of VmHWM, see proc(5)
BYTES_PER_KIB = 2**10


class BuildCost:
    """Seconds of each phase by name, and peak memory, from when it is made."""

    def __init__(self) -> None:
        self.phase_seconds: dict[str, float] = {}
        self._children_before = _children_peak()
        with suppress(OSError):  # where the system forbids it, the peak is the process's since its start
            CLEAR_REFS.write_text(FORGET_PEAK, encoding="ascii")

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Count what happens inside as a phase; a phase that is entered twice counts in sum."""
        started = time.monotonic()
        try:
            yield
        finally:
            spent = self.phase_seconds.get(name, 0.0) + time.monotonic() - started
            self.phase_seconds[name] = round(spent, 3)

    @property
    def seconds(self) -> float:
        """Seconds of all phases."""
        return round(sum(self.phase_seconds.values()), 3)

    def peak_mib(self) -> float | None:
        """Return the most memory that this process held, or one that it started and waited for, whichever is more.

        The system knows only the largest of all children, so one counts if it is larger than all before this was made.
        """
        own, children = read_resident().get("rss_peak"), _children_peak()
        if own is None:
            return None
        return round(mib_from_bytes(max(own, children) if children > self._children_before else own), 1)


def _children_peak() -> int:
    """Return the bytes of the largest process that this one ever waited for."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * BYTES_PER_KIB
