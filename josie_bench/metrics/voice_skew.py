"""How far the model's voice lies from its own text, word by word. Definition `voice_skew/1`."""

from __future__ import annotations

from josie_bench.metrics import OF_ITEMS, Metric
from josie_bench.statistics.quality_figures import ANSWER, judged_of
from josie_bench.statistics.unjudged import why_none
from josie_bench.statistics.word_onsets import ALIGNS, RECORDED, VOICE, skews_of
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score

STATISTICS = {
    "mean_abs": "mean size of the skew",
    "bias": "mean skew; positive where a word is written before it is said",
    "median_abs": "median of its size",
    "p95_abs": "95th percentile of its size",
    "floor": "beside it, the mean size of recordings whose onsets are known: the aligner's own error",
}


def _compute(recording: Recording) -> dict[str, Score]:
    judged = judged_of(recording)
    rows = judged.of(ANSWER)
    if (why := why_none(judged, ANSWER, ALIGNS, rows)) is not None:
        return dict.fromkeys(STATISTICS, why)
    voice = skews_of(rows, VOICE)
    return {
        "mean_abs": voice.mean(),
        "bias": voice.mean(is_signed=True),
        "median_abs": voice.quantile(0.5),
        "p95_abs": voice.quantile(0.95),
        "floor": skews_of(rows, RECORDED).mean(),
    }


METRIC = Metric(
    title="Skew of the model's voice to its own text",
    unit="ms",
    direction="lower",
    definition="voice_skew/1",
    origin="start of the frame in which the first token of a word is written → the word's onset in the model's sound",
    description=(
        "Skew = onset − start of the frame, both on the clock of the model's frames: what a window's playing adds to "
        "both is not in it, and what the decoder's sound is late is. An aligner finds a word in any sound, so only "
        "words count that the recogniser hears as they are written: `voice_coverage` says of how many, and without it "
        "the skew says little. What was heard is aligned with the sound, in steps of 10 ms. Written words stand at "
        "whole frames, so that a model which writes each in the frame in which its sound begins has a bias of half a "
        "frame. A model that was taught to write before it speaks has that in its bias. `floor` is of the corpus's "
        "own recording of the right answer, no codec between; behind one the aligner errs more. All words together; "
        "intervals draw items, or speakers, again. Fewer than 10 words give nothing, fewer than 72 no p95."
    ),
    statistics=STATISTICS,
    compute=_compute,
    of=OF_ITEMS,
    tasks=(ANSWER,),
    judges=ALIGNS,
)
