"""What a block's first window costs after a change, a pause or emptied caches. Definition `block_start/1`."""

from __future__ import annotations

import numpy as np

from josie_bench.metrics import OF_BLOCKS, Metric
from josie_bench.statistics.blocks import whole_blocks
from josie_bench.statistics.percentiles import max_score, percentile_scores
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score

STATISTICS = {
    "first.p50": "half of the blocks' first windows took no longer than this",
    "extra.p50": "half of the blocks' first windows took no more than this beyond the rest of their block",
    "extra.p95": "95 % of the blocks' first windows took no more than this beyond the rest of their block",
    "extra.max": "the most a first window took beyond the rest of its block; no interval",
    "longer.p50": "as extra.p50, over blocks whose windows are longer than those of the block before",
    "shorter.p50": "as extra.p50, over blocks whose windows are shorter than those of the block before",
}


def _compute(recording: Recording) -> dict[str, Score]:
    blocks = whole_blocks(recording)
    first = np.array([block.first_ms for block in blocks])
    extra = np.array([block.extra_ms for block in blocks])
    runs = np.array([block.round for block in blocks], dtype=np.int64)
    change = np.array([block.length_change for block in blocks])
    return (
        percentile_scores(first, (50.0,), prefix="first.", runs=runs)
        | percentile_scores(extra, (50.0, 95.0), prefix="extra.", runs=runs)
        | {"extra.max": max_score(extra)}
        | percentile_scores(extra[change > 0], (50.0,), prefix="longer.", runs=runs[change > 0])
        | percentile_scores(extra[change < 0], (50.0,), prefix="shorter.", runs=runs[change < 0])
    )


METRIC = Metric(
    title="Block start",
    unit="ms",
    direction="lower",
    definition="block_start/1",
    origin="work on a block's first window starts → its last output byte readable",
    description=(
        "Windows come in blocks; a block has windows of another length than the one before, or follows a pause or "
        "emptied caches, as the case says. Over the blocks that were measured and answered whole: C of the first "
        "window, and C of the first minus the median C of the others of the same block. That difference is what a "
        "switch of profile, an idle machine or cold caches cost, apart from what windows of that length cost anyway. "
        "It can be negative. The trial's first block is left out, and so is a case of one endless block."
    ),
    statistics=STATISTICS,
    compute=_compute,
    of=OF_BLOCKS,
)
