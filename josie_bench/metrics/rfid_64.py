"""Fréchet distance, by early features, of frames behind their vision tokens. Definition `rfid_64/1`."""

from __future__ import annotations

from josie_bench.metrics import OF_ITEMS, Metric
from josie_bench.statistics.quality_figures import LOOK, RFID_64, SEES_EARLY, judged_of
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score

STATISTICS = {
    "frames": "of the last frame of each clip",
    "flat": "beside it, of a field of each clip's own mean colour in its place",
}


def _compute(recording: Recording) -> dict[str, Score]:
    judged = judged_of(recording)
    return {"frames": RFID_64.score(judged), "flat": RFID_64.instead("flat.64").score(judged)}


METRIC = Metric(
    title="Fréchet distance by early features of frames behind their vision tokens",
    unit="points",
    direction="lower",
    definition="rfid_64/1",
    origin="the last frame of a clip as it came against what the pixel decoder draws of its vision tokens",
    description=(
        "|μ₁ − μ₂|² + tr(Σ₁ + Σ₂ − 2 (Σ₁Σ₂)^½) as in `rfid`, but of the 64 features behind Inception's first pooling "
        "(torch-fidelity's `64`), so that 65 frames have one where `rfid` takes 2,049. It is on another scale and "
        "compares with no FID; it tells edges, textures and colours, not what is seen. Its bias hangs on how many "
        "frames there are: only figures of equal n compare. Drawing frames again would change that bias, so that there "
        "is no interval: `kid` has one."
    ),
    statistics=STATISTICS,
    compute=_compute,
    of=OF_ITEMS,
    tasks=(LOOK,),
    judges=SEES_EARLY,
)
