"""What loading and running added to a trial's process, beside what the memory model says it would."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from josie_bench.terms.memory_model import NOT_ALLOCATED, NOT_RESIDENT
from josie_bench.terms.recording import PREDICTED, MemoryReading

BEFORE, AFTER = "imported", "end"


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """One round's growth from the imported libraries to the end, in bytes.

    Attributes:
        predicted: the model's terms that stay and are resident.
        given_out: its terms that stay and come from the C library's allocator, touched or not.
        measured: resident memory.
        allocated, free: what the C library's allocator gave out, and holds besides; None where it does not tell.
        files: resident pages that belong to files; None where the system does not tell.
    """

    predicted: int
    given_out: int
    measured: int
    allocated: int | None
    free: int | None
    files: int | None

    @property
    def unexplained(self) -> int:
        """What was held and not predicted; negative where less was held."""
        return self.measured - self.predicted


def growths(readings: Iterable[MemoryReading]) -> list[Growth]:
    """Return the growth of each round that was predicted and measured, in their order."""
    found = (_growth(sizes) for sizes in sizes_by_round(readings))
    return [growth for growth in found if growth is not None]


def sizes_by_round(readings: Iterable[MemoryReading]) -> list[dict[tuple[str, str], int]]:
    """Return what was read in each round, by phase and name, in the order of the rounds; the same name adds up."""
    rounds: dict[int, dict[tuple[str, str], int]] = {}
    for reading in readings:
        sizes = rounds.setdefault(reading.round, {})
        sizes[reading.phase, reading.name] = sizes.get((reading.phase, reading.name), 0) + reading.byte_count
    return [rounds[number] for number in sorted(rounds)]


def _growth(sizes: dict[tuple[str, str], int]) -> Growth | None:
    predicted = [(name.partition(".")[0], count) for (phase, name), count in sizes.items() if phase == PREDICTED]
    measured = _grown(sizes, "rss")
    if not predicted or measured is None:
        return None
    return Growth(
        predicted=sum(count for term, count in predicted if term not in NOT_RESIDENT),
        given_out=sum(count for term, count in predicted if term not in NOT_ALLOCATED),
        measured=measured,
        allocated=_grown(sizes, "heap_used"),
        free=_grown(sizes, "heap_free"),
        files=_grown(sizes, "rss_file"),
    )


def _grown(sizes: dict[tuple[str, str], int], name: str) -> int | None:
    before, after = sizes.get((BEFORE, name)), sizes.get((AFTER, name))
    return None if before is None or after is None else after - before
