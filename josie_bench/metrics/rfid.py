"""Fréchet distance of frames behind their vision tokens. Definition `rfid/1`."""

from __future__ import annotations

from josie_bench.metrics import OF_ITEMS, Metric
from josie_bench.statistics.quality_figures import LOOK, RFID, SEES, judged_of
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score

STATISTICS = {
    "frames": "of the last frame of each clip",
    "flat": "beside it, of a field of each clip's own mean colour in its place",
}


def _compute(recording: Recording) -> dict[str, Score]:
    judged = judged_of(recording)
    return {"frames": RFID.score(judged), "flat": RFID.instead("flat").score(judged)}


METRIC = Metric(
    title="Fréchet distance of frames behind their vision tokens",
    unit="points",
    direction="lower",
    definition="rfid/1",
    origin="the last frame of a clip as it came against what the pixel decoder draws of its vision tokens",
    description=(
        "|μ₁ − μ₂|² + tr(Σ₁ + Σ₂ − 2 (Σ₁Σ₂)^½) of Inception features (Heusel et al., 2017). Its bias hangs on how many "
        "frames there are: only figures of equal n compare, and with no more frames than the 2048 features there is "
        "none. No corpus that comes with this has as many in a split; `rfid_64` takes 65. The model makes no pictures, "
        "so it is of the vision tokens and a pixel decoder that is no part of it."
    ),
    statistics=STATISTICS,
    compute=_compute,
    of=OF_ITEMS,
    tasks=(LOOK,),
    judges=SEES,
)
