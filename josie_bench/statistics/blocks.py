"""What a recording's blocks say: the first window of each beside the rest of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from josie_bench.statistics.order_statistics import quantile
from josie_bench.statistics.series import as_ms
from josie_bench.terms.recording import Recording

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One whole measured block.

    Attributes:
        round: the round whose trial it belongs to.
        hop_ns: the length of its windows' hops.
        content: what they held.
        first_ms: compute time of the window that opens it.
        settled_ms: the median compute time of the others.
        length_change: 1 where its hops are longer than those of the block before, −1 where they are shorter, else 0.
    """

    round: int
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
    numbers = [0] if recording.round is None else np.unique(recording.round).tolist()
    parts = zip(numbers, recording.by_round(), strict=True)
    return [block for number, part in parts for block in _whole_blocks(part, number)]


def _whole_blocks(recording: Recording, number: int) -> list[Block]:
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
                round=number,
                hop_ns=hop,
                content=str(recording.content[rows[0]]),
                first_ms=float(compute[rows[0]]),
                settled_ms=quantile(compute[rows[1:]], 0.5),
                length_change=(hop > before) - (hop < before),
            )
        )
    return found


def start_rows(recording: Recording) -> NDArray[np.intp]:
    """Return the rows of the measured windows that open a block, those of blocks that were cut off too.

    A trial's first block counts as little as in `whole_blocks`.
    """
    opens = np.setdiff1d(np.flatnonzero(np.diff(recording.block) > 0) + 1, recording.first_rows())
    return opens[recording.measured()[opens]]
