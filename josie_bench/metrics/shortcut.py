"""Shortcut: what the same input again, or none, costs beside input that never repeats. Definition `shortcut/1`."""

from __future__ import annotations

import numpy as np

from josie_bench.metrics import OF_BLOCKS, Metric
from josie_bench.statistics.blocks import Block, whole_blocks
from josie_bench.statistics.percentiles import percentile_scores
from josie_bench.terms.recording import Recording
from josie_bench.terms.schedule import CONTENTS
from josie_bench.terms.score import Score, missing

_, UNIQUE, REPEATED, SILENT = CONTENTS
STATISTICS = {
    REPEATED: "windows that hold the same input again and again, over windows that never repeat; median over blocks",
    SILENT: "windows of silence and black pictures, over windows that never repeat; median over blocks",
}


def _compute(recording: Recording) -> dict[str, Score]:
    blocks = whole_blocks(recording)
    return {content: _ratio(blocks, content) for content in STATISTICS}


def _ratio(blocks: list[Block], content: str) -> Score:
    """Return the median over pairs, in order, of a block of `content` and a unique one of the same length."""
    ratios: list[float] = []
    runs: list[int] = []
    for hop_ns in {block.hop_ns for block in blocks}:
        own, other = (
            [block for block in blocks if block.hop_ns == hop_ns and block.content == kind]
            for kind in (content, UNIQUE)
        )
        pairs = [(a, b) for a, b in zip(own, other, strict=False) if b.settled_ms > 0.0]  # the last may lack one
        ratios += [a.settled_ms / b.settled_ms for a, b in pairs]
        runs += [a.round for a, _ in pairs]
    if not ratios:
        return missing("not_measured", f"no block of content {content} beside one of content {UNIQUE} was measured")
    return percentile_scores(np.array(ratios), (50.0,), runs=np.array(runs, dtype=np.int64))["p50"]


METRIC = Metric(
    title="Shortcut",
    unit="ratio",
    direction="none",
    definition="shortcut/1",
    origin="blocks of repeated or silent input against blocks of input that never repeats",
    description=(
        "A cache that knows its input, or a branch that is skipped when nothing is heard, makes a benchmark of one "
        "looped recording faster than any conversation. So blocks of one content alternate with blocks of another in "
        "the same trial, and the median C of each (its first window left out) is set over that of its neighbour; the "
        "median of these ratios is given. About 1 means no shortcut; an upper bound well below 1 means that a latency "
        "over such input flatters. What the model is made to say is the same in all blocks."
    ),
    statistics=STATISTICS,
    compute=_compute,
    of=OF_BLOCKS,
)
