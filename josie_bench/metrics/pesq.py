"""Likeness of decoded speech to the recording. Definition `pesq/1`."""

from __future__ import annotations

from josie_bench.metrics import OF_ITEMS, Metric
from josie_bench.statistics.quality_figures import FIGURES, judged_of
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score

STATISTICS = {"mean": "over items"}


def _compute(recording: Recording) -> dict[str, Score]:
    return {"mean": FIGURES["pesq"].score(judged_of(recording))}


METRIC = Metric(
    title="Likeness behind the codes",
    unit="MOS",
    direction="higher",
    definition="pesq/1",
    origin="a recording against itself behind the codec's codes, at its place",
    description=(
        "PESQ wideband (ITU-T P.862.2), about 1 to 4.64: opinion scores predicted from how a copy differs from its "
        "original; its mean over items, those left out that it cannot judge. It is unfair to decoders that draw the "
        "waveform anew, which sound alike and are not alike. Predicted, not asked of people."
    ),
    statistics=STATISTICS,
    compute=_compute,
    of=OF_ITEMS,
    tasks=("codec",),
    judges=("pesq",),
)
