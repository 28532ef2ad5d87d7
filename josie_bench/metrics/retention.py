"""How much quality is left where modalities are missing. Definition `retention/1`."""

from __future__ import annotations

from josie_bench.metrics import OF_LACKING, Metric
from josie_bench.statistics.quality_figures import WRITES, judged_of
from josie_bench.statistics.retained import DIFFERENCE, QUALITIES, retention_scores
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score

STATISTICS = {
    "macro": "mean over the tasks that say something of the loss",
    "worst": "of the task that suffers most",
    "points": "of points, 100 for the best and 0 for what does nothing, averaged over tasks",
    **{task: f"of {task}: {quality.figure}" for task, quality in QUALITIES.items()},
    **{
        f"{task}.{DIFFERENCE}": f"of {task}: points over 100 without what is lost minus those with everything"
        for task in QUALITIES
    },
}


def _compute(recording: Recording) -> dict[str, Score]:
    return retention_scores(judged_of(recording))


METRIC = Metric(
    title="Retention where modalities are missing",
    unit="ratio",
    direction="higher",
    definition="retention/1",
    origin="items done while a modality is absent, late or lost at times, against the same items with everything",
    description=(
        "Of a task q_lacking / q_full where higher is better, q_full / q_lacking where lower is; by the same engines "
        "in the same trial. Which modalities are lost, and how, is the case's `dropout`. A task says something of a "
        "loss if what is lost comes in its windows and it can be done without: nobody writes down what is never heard. "
        "`macro`, `worst` and `points` are three ways to read “92 % are left”, and differ most where there are few "
        "errors to begin with: twice the errors are half the quality to the first two, and a point or two to the "
        "third. With one task the first two are the same. Items are drawn again, by speakers or dialogues where there "
        "are enough, on both sides together; where all draws come to the same there is no interval."
    ),
    statistics=STATISTICS,
    compute=_compute,
    of=OF_LACKING,
    tasks=tuple(QUALITIES),
    judges=WRITES,
)
