"""Runs of letters that the model's text shares with what it was to be. Definition `chrf/1`."""

from __future__ import annotations

from josie_bench.metrics import OF_ITEMS, Metric
from josie_bench.statistics.quality_figures import OVERLAP_ROWS, TEXT_TASKS, WRITES, judged_of, overlap_scores
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score


def _compute(recording: Recording) -> dict[str, Score]:
    return overlap_scores("chrf", judged_of(recording))


METRIC = Metric(
    title="chrF of the model's text",
    unit="points",
    direction="higher",
    definition="chrf/1",
    origin="the model's own text against what it was to be",
    description=(
        "The F-score of runs of one to six letters over the corpus, recall counting twice as much as precision (chrF2; "
        "Popović, 2015); 0 to 100, to write nothing has 0. sacreBLEU counts, and its signature is part of the "
        "definition. Both texts go through one normaliser before. It is kinder than BLEU to a word in another form, "
        "and steadier on short answers; any two English texts share letters, so that it is to be read beside what "
        "takes no model. The interval makes the figure anew of items drawn again."
    ),
    statistics={name: row.meaning for name, row in OVERLAP_ROWS.items()},
    compute=_compute,
    of=OF_ITEMS,
    tasks=TEXT_TASKS,
    judges=(*WRITES, "chrf"),
)
