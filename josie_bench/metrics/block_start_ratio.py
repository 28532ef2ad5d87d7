"""Block start, relative: the first window over the rest, and how often it is late. Definition `block_start_ratio/1`."""

from __future__ import annotations

import numpy as np

from josie_bench.metrics import OF_BLOCKS, Metric
from josie_bench.statistics.blocks import start_rows, whole_blocks
from josie_bench.statistics.percentiles import percentile_scores
from josie_bench.statistics.proportion import ratio_score
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score, missing
from josie_bench.terms.timebase import ns_from_ms

STATISTICS = {
    "p50": "half of the blocks' first windows took no more than this many times the rest of their block",
    "missed": "share of the blocks' first windows that were not answered within the case's deadline",
}


def _compute(recording: Recording) -> dict[str, Score]:
    blocks = whole_blocks(recording)
    timed = [block for block in blocks if block.settled_ms > 0.0]
    over = np.array([block.first_ms / block.settled_ms for block in timed])
    runs = np.array([block.round for block in timed], dtype=np.int64)
    return percentile_scores(over, (50.0,), runs=runs) | {"missed": _missed(recording)}


def _missed(recording: Recording) -> Score:
    if not recording.is_open_loop:
        return missing("closed_loop", "closed loop: no queueing, not a real-time claim")
    rows = start_rows(recording)
    response = np.where(recording.is_answered, recording.finished_ns - recording.scheduled_ns, np.inf)[rows]
    return ratio_score(response > ns_from_ms(recording.deadline_ms), response, runs=recording.runs(rows))


METRIC = Metric(
    title="Block start, relative",
    unit="ratio",
    direction="lower",
    definition="block_start_ratio/1",
    origin="a block's first window against the others of the same block",
    description=(
        "`p50` is the median over blocks of C of the first window over the median C of the others; 1 means that a "
        "switch, a pause or cold caches cost nothing; which blocks count there: see `block_start`. `missed` counts "
        "first windows that came after the deadline or never, those of blocks that a stop cut off too; a closed loop "
        "has none."
    ),
    statistics=STATISTICS,
    compute=_compute,
    of=OF_BLOCKS,
)
