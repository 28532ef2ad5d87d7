"""Noise of frames behind their vision tokens. Definition `vision_psnr/1`."""

from __future__ import annotations

from josie_bench.metrics import OF_ITEMS, Metric
from josie_bench.statistics.quality_figures import FIGURES, LOOK, judged_of
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score

STATISTICS = {"mean": "over clips"}


def _compute(recording: Recording) -> dict[str, Score]:
    return {"mean": FIGURES["vision_psnr"].score(judged_of(recording))}


METRIC = Metric(
    title="Signal to noise of frames behind their vision tokens",
    unit="dB",
    direction="higher",
    definition="vision_psnr/1",
    origin="what the vision encoder was given against what the pixel decoder draws of its tokens",
    description=(
        "10 log₁₀(255² / mean squared difference) of all frames of a clip, at the size that the encoder was given; its "
        "mean over clips. Flat fields are easily drawn: what a picture that is all but empty scores says little of "
        "what is in it."
    ),
    statistics=STATISTICS,
    compute=_compute,
    of=OF_ITEMS,
    tasks=(LOOK,),
    judges=("pixel_decoder",),
)
