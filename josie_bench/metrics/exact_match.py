"""Items whose text is right to the word. Definition `exact_match/2`."""

from __future__ import annotations

from josie_bench.metrics import OF_ITEMS, Metric
from josie_bench.statistics.quality_figures import ANSWER, FIGURES, judged_of, match_figure
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score

STATISTICS = {
    "transcribe": "of transcripts",
    "answer": "of answers to questions about what is seen",
    "answer_blind": "beside it, of the commonest answer to each question, which takes no eyes",
}
BLIND = match_figure(ANSWER, "frequent")


def _compute(recording: Recording) -> dict[str, Score]:
    judged = judged_of(recording)
    figures = {"transcribe": FIGURES["exact_match"], "answer": FIGURES["right_answers"], "answer_blind": BLIND}
    return {name: figure.score(judged) for name, figure in figures.items()}


METRIC = Metric(
    title="Exact matches",
    unit="ratio",
    direction="higher",
    definition="exact_match/2",
    origin="the model's own text against what it was to be",
    description=(
        "Items whose text is the reference, over all items; both texts go through one normaliser. It takes sentences "
        "from a small set of patterns to be of use, as in `synthetic_speech` and `questions`: of free speech hardly "
        "one is right."
    ),
    statistics=STATISTICS,
    compute=_compute,
    of=OF_ITEMS,
    tasks=("transcribe", "answer"),
    judges=("normaliser",),
)
