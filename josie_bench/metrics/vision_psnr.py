"""Noise of frames behind their vision tokens. Definition `vision_psnr/1`."""

from __future__ import annotations

from josie_bench.metrics import OF_ITEMS, Metric
from josie_bench.statistics.quality_figures import FIGURES, LOOK, judged_of, mean_figure
from josie_bench.terms.judged import PIXEL_DECODER
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score

STATISTICS = {"mean": "over clips", "flat": "beside it, of a field of each clip's own mean colour"}
FLAT = mean_figure(LOOK, PIXEL_DECODER, "psnr.flat")


def _compute(recording: Recording) -> dict[str, Score]:
    judged = judged_of(recording)
    return {"mean": FIGURES["vision_psnr"].score(judged), "flat": FLAT.score(judged)}


METRIC = Metric(
    title="Signal to noise of frames behind their vision tokens",
    unit="dB",
    direction="higher",
    definition="vision_psnr/1",
    origin="what the vision encoder was given against what the pixel decoder draws of its tokens",
    description=(
        "10 log₁₀(255² / mean squared difference) of all frames of a clip, at the size that the encoder was given; its "
        "mean over clips. What is all but empty is easily drawn: beside it stands `flat`, a field of the one colour "
        "that has least noise, which shows nothing of what is in a clip."
    ),
    statistics=STATISTICS,
    compute=_compute,
    of=OF_ITEMS,
    tasks=(LOOK,),
    judges=(PIXEL_DECODER,),
)
