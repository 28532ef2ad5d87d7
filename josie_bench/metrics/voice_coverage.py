"""Of how many written words it is known when the model's voice says them. Definition `voice_coverage/1`."""

from __future__ import annotations

from josie_bench.metrics import OF_ITEMS, Metric
from josie_bench.statistics.quality_figures import ANSWER, judged_of
from josie_bench.statistics.word_onsets import ALIGNS, RECORDED, VOICE, words_figure
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score
from josie_bench.terms.word_onset import WordOnset

STATISTICS = {
    "told": "share of the written words whose onset in the voice is known",
    "said": "share of them that the recogniser hears as they are written",
    "floor": "beside them, of the words of recordings the share whose onset the aligner finds",
}


def _is_told(word: WordOnset) -> bool:
    return word.onset_ms is not None


def _compute(recording: Recording) -> dict[str, Score]:
    judged = judged_of(recording)
    return {
        "told": words_figure(VOICE, _is_told).score(judged),
        "said": words_figure(VOICE, lambda word: word.is_said).score(judged),
        "floor": words_figure(RECORDED, _is_told).score(judged),
    }


METRIC = Metric(
    title="Written words whose onset in the voice is known",
    unit="ratio",
    direction="higher",
    definition="voice_coverage/1",
    origin="the words that the model writes, each with whether and when its voice says it",
    description=(
        "Of how many words `voice_skew` tells: a voice that says other words than it writes has few, and the skew of "
        "these few speaks for no others. `said` less `told` is what was heard as written in a sound that could not be "
        "aligned: it holds a word that the aligner's dictionary lacks, such as a number, or ends before its words do. "
        "A written word is said where it is no error of the word error rate; an item without a written word has none "
        "to tell of."
    ),
    statistics=STATISTICS,
    compute=_compute,
    of=OF_ITEMS,
    tasks=(ANSWER,),
    judges=ALIGNS,
)
