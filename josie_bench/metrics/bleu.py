"""Runs of words that the model's text shares with what it was to be. Definition `bleu/1`."""

from __future__ import annotations

from josie_bench.metrics import OF_ITEMS, Metric
from josie_bench.statistics.quality_figures import OVERLAP_ROWS, TEXT_TASKS, WRITES, judged_of, overlap_scores
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score


def _compute(recording: Recording) -> dict[str, Score]:
    return overlap_scores("bleu", judged_of(recording))


METRIC = Metric(
    title="BLEU of the model's text",
    unit="points",
    direction="higher",
    definition="bleu/1",
    origin="the model's own text against what it was to be",
    description=(
        "The geometric mean of how many runs of one to four words are right over the corpus, and a penalty where the "
        "corpus is short (Papineni et al., 2002); 0 to 100, to write nothing has 0. sacreBLEU counts, and its "
        "signature is part of the definition. Both texts go through one normaliser before, which makes the figure "
        "higher than one of texts as they are. It counts words, not sense: a right answer in other words scores low. "
        "What takes no model stands beside it. The interval makes the figure anew of items drawn again."
    ),
    statistics={name: row.meaning for name, row in OVERLAP_ROWS.items()},
    compute=_compute,
    of=OF_ITEMS,
    tasks=TEXT_TASKS,
    judges=(*WRITES, "bleu"),
)
