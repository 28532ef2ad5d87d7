"""Word errors of what the model writes of what it hears. Definition `wer_text/1`."""

from __future__ import annotations

from josie_bench.metrics import OF_ITEMS, Metric
from josie_bench.statistics.quality_figures import FIGURES, TRANSCRIBE, WRITES, judged_of, word_figure
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score

STATISTICS = {
    "model": "of the model's own text",
    "empty": "beside it, of writing nothing: 1 by definition",
    "frequent": "beside it, of always writing the commonest sentence of the corpus",
}
FREQUENT = word_figure(TRANSCRIBE, WRITES, "frequent")
EMPTY = word_figure(TRANSCRIBE, WRITES, None)


def _compute(recording: Recording) -> dict[str, Score]:
    judged = judged_of(recording)
    figures = {"model": FIGURES["wer_text"], "empty": EMPTY, "frequent": FREQUENT}
    return {name: figure.score(judged) for name, figure in figures.items()}


METRIC = Metric(
    title="Word errors of the model's text",
    unit="ratio",
    direction="lower",
    definition="wer_text/1",
    origin="the transcript of the user's speech against the model's own text stream",
    description=(
        "(S + D + I) / N: words exchanged, left out and put in, over the words of all transcripts together; both texts "
        "go through one normaliser, silence and pads are no text. What takes no model stands beside it. Text that goes "
        "on and on brings it above 1."
    ),
    statistics=STATISTICS,
    compute=_compute,
    of=OF_ITEMS,
    tasks=("transcribe",),
    judges=WRITES,
)
