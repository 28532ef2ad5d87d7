"""What this process holds at an edge between phases, as it was read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from josie_bench.backends import Accounting, Executable
from josie_bench.probes.memory import read_heap, read_memory
from josie_bench.probes.vram import read_vram
from josie_bench.terms.recording import WARM, MemoryReading


def memory_readings(phase: str, executables: Iterable[Executable] = ()) -> list[MemoryReading]:
    """Return the sizes of this process at an edge between phases, and what libraries behind executables tell."""
    return as_readings(phase, read_memory() | read_heap() | read_vram() | library_sizes(executables))


def library_sizes(executables: Iterable[Executable]) -> dict[str, int]:
    """Return what the libraries behind executables take of a GPU's memory, all together, by name, in bytes."""
    sizes: Counter[str] = Counter()
    for executable in executables:
        if isinstance(executable, Accounting):
            sizes.update(executable.library_bytes())
    return dict(sizes)


def as_readings(phase: str, sizes: Mapping[str, int]) -> list[MemoryReading]:
    """Return sizes by name as what was read at an edge between phases."""
    return [MemoryReading(phase=phase, name=name, byte_count=count) for name, count in sizes.items()]


def grown_readings(grown: Mapping[tuple[str, str], int]) -> list[MemoryReading]:
    """Return what the calls of each component added until the trial was warm, by component and name."""
    return [
        MemoryReading(phase=f"{WARM}.{component}", name=name, byte_count=count)
        for (component, name), count in grown.items()
    ]
