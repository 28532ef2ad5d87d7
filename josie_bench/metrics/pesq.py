"""Likeness of decoded speech to the recording. Definition `pesq/1`."""

from __future__ import annotations

from josie_bench.metrics import OF_ITEMS, Metric
from josie_bench.statistics.quality_figures import CODEC, FIGURES, judged_of, mean_figure
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score

STATISTICS = {"mean": "over items", "noise": "beside it, of noise that is as loud as the recording, frame by frame"}
NOISE = mean_figure(CODEC, "pesq", "pesq.noise")


def _compute(recording: Recording) -> dict[str, Score]:
    judged = judged_of(recording)
    return {"mean": FIGURES["pesq"].score(judged), "noise": NOISE.score(judged)}


METRIC = Metric(
    title="Likeness behind the codes",
    unit="MOS",
    direction="higher",
    definition="pesq/1",
    origin="a recording against itself behind the codec's codes, at its place",
    description=(
        "PESQ wideband (ITU-T P.862.2), about 1 to 4.64: opinion scores predicted from how a copy differs from its "
        "original; its mean over items, those left out that it cannot judge. It is unfair to decoders that draw the "
        "waveform anew, which sound alike and are not alike. Where its scale ends is `noise`, in which there is not a "
        "word; silence has no PESQ. Predicted, not asked of people."
    ),
    statistics=STATISTICS,
    compute=_compute,
    of=OF_ITEMS,
    tasks=("codec",),
    judges=("pesq",),
)
