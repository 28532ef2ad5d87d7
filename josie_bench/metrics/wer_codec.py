"""Words that the codec costs a recogniser. Definition `wer_codec/1`."""

from __future__ import annotations

from josie_bench.metrics import OF_ITEMS, Metric
from josie_bench.statistics.quality_figures import CODEC, FIGURES, HEARS, extra_word_figure, judged_of, word_figure
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score

STATISTICS = {
    "source": "source rate, of the recordings themselves: the recogniser's own errors",
    "decoded": "decoded rate, behind the codes",
    "difference": "decoded rate minus source rate: what the codec costs",
    "empty": "beside it, of hearing nothing: 1 by definition",
}
SOURCE = word_figure(CODEC, HEARS, "before")
EMPTY = word_figure(CODEC, HEARS, None)
DIFFERENCE = extra_word_figure(CODEC, HEARS, "after", floor="before")


def _compute(recording: Recording) -> dict[str, Score]:
    judged = judged_of(recording)
    return {
        "source": SOURCE.score(judged),
        "decoded": FIGURES["wer_codec"].score(judged),
        "difference": DIFFERENCE.score(judged),
        "empty": EMPTY.score(judged),
    }


METRIC = Metric(
    title="Word errors behind the codes",
    unit="ratio",
    direction="lower",
    definition="wer_codec/1",
    origin="the transcript against what a recogniser hears, of the recording and of the same behind the codec's codes",
    description=(
        "(S + D + I) / N: words exchanged, left out and put in, over the words of all transcripts together; both texts "
        "go through one normaliser. The recogniser errs by itself, so the figure of the codec is the difference of the "
        "rates on the same items; its interval draws both together. Nothing heard at all is 1, the figure of silence; "
        "words put in can bring it above."
    ),
    statistics=STATISTICS,
    compute=_compute,
    of=OF_ITEMS,
    tasks=("codec",),
    judges=HEARS,
)
