"""The line between a client and the runtime: chunks go in when they are sent and come out when they arrive."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush

import numpy as np

from josie_bench.runtime.chunks import Chunk, corrupted
from josie_bench.terms.comings import drawn_length
from josie_bench.terms.fault import DIES, DUPLICATED, LATE, LOST, REORDERED, SKEWED, Fault

MILLION = 1e6
EARLIEST_MS = 1e-6  # less than that apart is the same instant


@dataclass(slots=True, kw_only=True)
class Line:
    """Chunks on their way, in the order in which they will arrive."""

    _way: list[tuple[float, int, Chunk]] = field(default_factory=list)
    _sent: int = 0

    def carry(self, legs: Sequence[tuple[float, Chunk]]) -> None:
        """Take chunks, each with the instant at which it will arrive; of those of one instant the first is first."""
        for arrives_ms, chunk in legs:
            heappush(self._way, (arrives_ms, self._sent, chunk))
            self._sent += 1

    def arrived(self, until_ms: float) -> Iterator[Chunk]:
        """Yield what arrives until then, and forget it."""
        while self._way and self._way[0][0] <= until_ms + EARLIEST_MS:
            yield heappop(self._way)[2]


def legs_of(
    chunks: Sequence[Chunk], fault: Fault | None, draw: np.random.Generator, begun_ms: float
) -> tuple[list[tuple[float, Chunk]], int]:
    """Return when each chunk of a window arrives, and how many the fault has touched.

    Args:
        chunks: as they are sent.
        fault: that holds in the window; None, or one of something else, lets all arrive as they are sent.
        draw: which chunks it hits.
        begun_ms: when it began, from the session's start.
    """
    if fault is None or not (fault.of or fault.kind == SKEWED):
        return [(chunk.sent_ms, chunk) for chunk in chunks], 0
    is_hit = [
        (not fault.of or chunk.modality in fault.of) and (fault.share >= 1.0 or draw.random() < fault.share)
        for chunk in chunks
    ]
    hit = [chunk for chunk, is_it in zip(chunks, is_hit, strict=True) if is_it]
    spared = [(chunk.sent_ms, chunk) for chunk, is_it in zip(chunks, is_hit, strict=True) if not is_it]
    return [*spared, *_harmed(hit, fault, draw, begun_ms)], len(hit)


def _harmed(
    hit: Sequence[Chunk], fault: Fault, draw: np.random.Generator, begun_ms: float
) -> list[tuple[float, Chunk]]:
    if fault.kind in (LOST, DIES):
        return []
    if fault.kind == REORDERED and not fault.by_ms:
        last_ms = max((chunk.sent_ms for chunk in hit), default=0.0)
        return [(last_ms, hit[place]) for place in draw.permutation(len(hit))]
    found = []
    for chunk in hit:
        at_ms, damaged = chunk.sent_ms, chunk
        if fault.kind == LATE:
            at_ms += drawn_length(fault.by_ms, fault.variation, draw)
        elif fault.kind == REORDERED:
            at_ms += draw.uniform(0.0, fault.by_ms)
        elif fault.kind == SKEWED:
            at_ms = skewed_ms(at_ms, begun_ms, fault.ppm)
        elif fault.kind == DUPLICATED:
            found.append((at_ms + fault.by_ms, chunk))
        else:
            assert fault.how is not None
            damaged = corrupted(chunk, fault.how, draw)
        found.append((at_ms, damaged))
    return found


def skewed_ms(at_ms: float, begun_ms: float, ppm: float) -> float:
    """Return when a clock that has been too fast by `ppm` since `begun_ms` says that it is `at_ms`.

    >>> round(skewed_ms(1010.0, 0.0, 10_000.0), 6)
    1000.0
    """
    return begun_ms + (at_ms - begun_ms) / (1.0 + ppm / MILLION)
