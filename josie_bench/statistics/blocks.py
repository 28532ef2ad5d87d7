"""What a recording's blocks say: the first window of each beside the rest of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from josie_bench.statistics.order_statistics import quantile
from josie_bench.statistics.series import as_ms
from josie_bench.terms.recording import Recording
from josie_bench.terms.timebase import ns_from_ms

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One whole measured block.

    Attributes:
        hop_ns: the length of its windows' hops.
        content: what they held.
        first_ms: compute time of the window that opens it.
        settled_ms: the median compute time of the others.
        length_change: 1 where its hops are longer than those of the block before, −1 where they are shorter, else 0.
    """

    hop_ns: int
    content: str
    first_ms: float
    settled_ms: float
    length_change: int

    @property
    def extra_ms(self) -> float:
        """What the first window took more than the median of the others."""
        return self.first_ms - self.settled_ms


def whole_blocks(recording: Recording) -> list[Block]:
    """Return the blocks that were measured and answered from end to end, in order, but for each trial's first.

    The last block is whole if it has as many windows as the longest; one of a single window has no others to be held
    against and is left out.
    """
    return [block for part in recording.by_round() for block in _whole_blocks(part)]


def _whole_blocks(recording: Recording) -> list[Block]:
    recording = replace(recording, block=np.unique(recording.block, return_inverse=True)[1])
    sizes = np.bincount(recording.block) if len(recording.block) else np.zeros(0, dtype=np.int64)
    if len(sizes) < 2:
        return []
    is_good = recording.answered()
    compute = as_ms(recording.finished_ns - recording.started_ns)
    found = []
    for block in range(1, len(sizes)):
        rows = np.flatnonzero(recording.block == block)
        if len(rows) < 2 or len(rows) < sizes.max() or not is_good[rows].all():
            continue
        before = int(recording.hop_ns[recording.block == block - 1][0])
        hop = int(recording.hop_ns[rows[0]])
        found.append(
            Block(
                hop_ns=hop,
                content=str(recording.content[rows[0]]),
                first_ms=float(compute[rows[0]]),
                settled_ms=quantile(compute[rows[1:]], 0.5),
                length_change=(hop > before) - (hop < before),
            )
        )
    return found


def late_starts(recording: Recording) -> tuple[int, int]:
    """Return how many of the measured windows that open a block were late or never answered, and of how many.

    A trial's first block counts as little as in `whole_blocks`; one that was cut off counts here.
    """
    counts = [_late_starts(part) for part in recording.by_round()]
    return sum(late for late, _ in counts), sum(of for _, of in counts)


def _late_starts(recording: Recording) -> tuple[int, int]:
    opens = np.flatnonzero(np.diff(recording.block) > 0) + 1
    opens = opens[recording.measured()[opens]]
    response_ns = recording.finished_ns[opens] - recording.scheduled_ns[opens]
    late = ~recording.is_answered[opens] | (response_ns > ns_from_ms(recording.deadline_ms))
    return int(np.count_nonzero(late)), len(opens)
