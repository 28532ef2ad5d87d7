"""Items whose text is right to the word. Definition `exact_match/2`."""

from __future__ import annotations

from josie_bench.metrics import OF_ITEMS, Metric
from josie_bench.statistics.quality_figures import ANSWER, DESCRIBE, FIGURES, TEXT_TASKS, judged_of, match_figure
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score

STATISTICS = {
    "transcribe": "of transcripts",
    "describe": "of captions of what was seen",
    "describe_blind": "beside it, of the commonest caption, which takes no eyes",
    "answer": "of answers to questions about what is seen",
    "answer_blind": "beside it, of the commonest answer to each question, which takes no eyes",
}
BLIND = {task: match_figure(task, "frequent") for task in (DESCRIBE, ANSWER)}


def _compute(recording: Recording) -> dict[str, Score]:
    judged = judged_of(recording)
    figures = {
        "transcribe": FIGURES["exact_match"],
        "describe": FIGURES["right_captions"],
        "describe_blind": BLIND[DESCRIBE],
        "answer": FIGURES["right_answers"],
        "answer_blind": BLIND[ANSWER],
    }
    return {name: figure.score(judged) for name, figure in figures.items()}


METRIC = Metric(
    title="Exact matches",
    unit="ratio",
    direction="higher",
    definition="exact_match/2",
    origin="the model's own text against what it was to be",
    description=(
        "Items whose text is the reference, over all items; both texts go through one normaliser. It takes sentences "
        "from a small set of patterns to be of use, as in `synthetic_speech`, `shapes` and `questions`: of free speech "
        "hardly one is right."
    ),
    statistics=STATISTICS,
    compute=_compute,
    of=OF_ITEMS,
    tasks=TEXT_TASKS,
    judges=("normaliser",),
)
