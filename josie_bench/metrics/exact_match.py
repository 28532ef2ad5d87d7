"""Items whose text is right to the word. Definition `exact_match/1`."""

from __future__ import annotations

from josie_bench.metrics import OF_ITEMS, Metric
from josie_bench.statistics.quality_figures import FIGURES, judged_of
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score

STATISTICS = {"transcribe": "of transcripts"}


def _compute(recording: Recording) -> dict[str, Score]:
    return {"transcribe": FIGURES["exact_match"].score(judged_of(recording))}


METRIC = Metric(
    title="Exact matches",
    unit="ratio",
    direction="higher",
    definition="exact_match/1",
    origin="the model's own text against what it was to be",
    description=(
        "Items whose text is the reference, over all items; both texts go through one normaliser. It takes sentences "
        "from a small set of patterns to be of use, as in `synthetic_speech`: of free speech hardly one is right."
    ),
    statistics=STATISTICS,
    compute=_compute,
    of=OF_ITEMS,
    tasks=("transcribe",),
    judges=("normaliser",),
)
