"""Word errors of what a recogniser hears of the model's own voice. Definition `wer_speech/1`."""

from __future__ import annotations

from josie_bench.metrics import OF_ITEMS, Metric
from josie_bench.statistics.quality_figures import ANSWER, FIGURES, HEARS, judged_of, word_figure
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score

STATISTICS = {
    "written": "against what the model wrote meanwhile: how well its voice can be understood",
    "reference": "against the answer that is right",
    "silent": "beside that, of saying nothing: 1 by definition",
    "floor": "beside both, of the user's own recorded words against what was said: the recogniser's own errors",
}
OTHERS = {
    "reference": word_figure(ANSWER, HEARS, "heard"),
    "silent": word_figure(ANSWER, HEARS, None),
    "floor": word_figure(ANSWER, HEARS, "before", against="asked"),
}


def _compute(recording: Recording) -> dict[str, Score]:
    judged = judged_of(recording)
    figures = {"written": FIGURES["wer_speech"]} | OTHERS
    return {name: figure.score(judged) for name, figure in figures.items()}


METRIC = Metric(
    title="Word errors of the model's voice",
    unit="ratio",
    direction="lower",
    definition="wer_speech/1",
    origin="what a recogniser hears of the model's voice against the model's own text, and against the right answer",
    description=(
        "(S + D + I) / N: words exchanged, left out and put in, over the words of all texts together that they are "
        "held against; both go through one normaliser. Against its own text it says whether the voice says what the "
        "model writes, right or wrong. The recogniser errs by itself: its rate on the user's recordings of the same "
        "items stands beside, words of another speaker and so no bound. A voice that says nothing has 1; one that "
        "goes on and on is above. Where the model wrote no word at all there is nothing to hold its voice against."
    ),
    statistics=STATISTICS,
    compute=_compute,
    of=OF_ITEMS,
    tasks=(ANSWER,),
    judges=HEARS,
)
