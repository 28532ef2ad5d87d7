"""Kernel distance of frames behind their vision tokens. Definition `kid/1`."""

from __future__ import annotations

from josie_bench.metrics import OF_ITEMS, Metric
from josie_bench.statistics.quality_figures import KID, LOOK, SEES, judged_of
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score

STATISTICS = {
    "frames": "of the last frame of each clip",
    "flat": "beside it, of a field of each clip's own mean colour in its place",
}


def _compute(recording: Recording) -> dict[str, Score]:
    judged = judged_of(recording)
    return {"frames": KID.score(judged), "flat": KID.instead("flat").score(judged)}


METRIC = Metric(
    title="Kernel distance of frames behind their vision tokens",
    unit="points",
    direction="lower",
    definition="kid/1",
    origin="the last frame of a clip as it came against what the pixel decoder draws of its vision tokens",
    description=(
        "The unbiased squared discrepancy of Inception features under (x·y / d + 1)³ (KID; Bińkowski et al., 2018), of "
        "pairs: a frame is not held against its own drawing. One frame of each clip, n of them. It is 0 on average "
        "where both sets are alike, at any n, and may then be negative. The pixel decoder is no part of the model: "
        "what it draws badly counts against the tokens. The interval draws clips again."
    ),
    statistics=STATISTICS,
    compute=_compute,
    of=OF_ITEMS,
    tasks=(LOOK,),
    judges=SEES,
)
