"""How far apart the model puts what was heard and seen at once. Definition `alignment/1`."""

from __future__ import annotations

import numpy as np

from josie_bench.metrics import OF_ITEMS, Metric
from josie_bench.statistics.alignment import quantisation_floor_ms, skew_scores
from josie_bench.statistics.quality_figures import judged_of
from josie_bench.statistics.unjudged import why_none
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score, missing

TASK = "alignment"
FEWEST = 10  # events that are told at all
STATISTICS = {
    "mean_abs": "mean |skew|",
    "bias": "mean skew; positive where what was heard comes later",
    "median_abs": "median |skew|",
    "p95_abs": "95th percentile of |skew|",
    "floor": "mean |skew| that the steps of both modalities alone make of a perfect model; arithmetic, no measurement",
}


def _compute(recording: Recording) -> dict[str, Score]:
    judged = judged_of(recording)
    rows = judged.of(TASK)
    if (why := why_none(judged, TASK, (), rows)) is not None:
        return dict.fromkeys(STATISTICS, why)
    steps = rows[0].values
    floor = Score(value=quantisation_floor_ms(steps["hop_ms"], steps["frame_ms"]), n=len(rows))
    both = [row for row in rows if {"heard", "seen"} <= set(row.values)]
    if len(both) < FEWEST:
        detail = f"of {len(rows)} events {len(both)} changed what the model said both by sound and by sight"
        few = missing("insufficient_samples", detail, n=len(both), needed=FEWEST)
        return dict.fromkeys(STATISTICS, few) | {"floor": floor}
    skews = np.array([row.values["heard"] - row.values["seen"] for row in both], dtype=np.float64)
    return skew_scores(skews, tuple(row.cluster for row in both)) | {"floor": floor}


METRIC = Metric(
    title="Cross-modal alignment",
    unit="ms",
    direction="lower",
    definition="alignment/1",
    origin="the first frame whose tokens depend on what was seen → the first that depends on what was heard",
    description=(
        "A tone sounds and a shape changes its colour at one instant. Sessions that hear it, that see it and that do "
        "neither are held beside each other; the first frame in which a token of text or sound is another than where "
        "nothing happens is where the model puts it, at the frame's start, and the skew is heard − seen. It can be "
        "read of any model, trained or not, and tells from when on what is said depends on each sense, not that "
        "anything was understood. `floor` is what telling a moment in steps of the hop and of a frame alone makes of "
        "it, for a model without bias: T/4 + a²/(12 T). A cue that changes nothing within 2 s is left out: n says how "
        "many did. Fewer than 10 give nothing."
    ),
    statistics=STATISTICS,
    compute=_compute,
    of=OF_ITEMS,
    tasks=(TASK,),
)
