"""Output drift: how much more is said, and said again, from minute to minute. Definition `output_drift/1`."""

from __future__ import annotations

import numpy as np

from josie_bench.metrics import Metric
from josie_bench.statistics.percentiles import median_over_rounds
from josie_bench.statistics.series import minutes_of, speech_ns
from josie_bench.statistics.slope import slope_of_windows
from josie_bench.terms.recording import Ints, Recording
from josie_bench.terms.score import Score, missing

STATISTICS = {
    "speech": "change a minute of the share of time for which speech comes out; 0.01 is one point a minute",
    "repeated_speech": "change a minute of the share of speech that ends four codes which came within 10 s before too",
    "repeated_text": "change a minute of the share of text tokens that end four which came within 10 s before too",
}


SILENT = missing("silent", "the model did not speak")
WORDLESS = missing("silent", "the model wrote no text")


def _compute(recording: Recording) -> dict[str, Score]:
    return median_over_rounds([_of_round(one) for one in recording.by_round()])


def _of_round(recording: Recording) -> dict[str, Score]:
    return {
        "speech": _of_speech(recording),
        "repeated_speech": _of_repeated(recording, recording.repeated_samples, recording.audio_samples, SILENT),
        "repeated_text": _of_repeated(recording, recording.repeated_tokens, recording.text_tokens, WORDLESS),
    }


def _of_speech(recording: Recording) -> Score:
    rows = recording.answered()
    if not recording.audio_samples[rows].any():
        return SILENT
    share = speech_ns(recording, rows) / recording.hop_ns[rows]
    return slope_of_windows(minutes_of(recording, rows), share, middle=np.mean)


def _of_repeated(recording: Recording, repeated: Ints | None, said: Ints, nothing: Score) -> Score:
    """Return the slope of the repeated share of the windows in which something is said."""
    if repeated is None:
        return missing("not_measured", "nobody looked for what is said again")
    rows = recording.answered() & (said > 0)
    if not rows.any():
        return nothing
    return slope_of_windows(minutes_of(recording, rows), repeated[rows] / said[rows], middle=np.mean)


METRIC = Metric(
    title="Output drift",
    unit="1/min",
    direction="none",
    definition="output_drift/1",
    origin="speech and text that came out of the measured windows over their scheduled close a_k",
    description=(
        "The slope of `latency_drift`, of the share of each answered window for which speech came out; a stretch "
        "counts by its mean. It is what can be told of quality over time without a judge: a model that loses itself in "
        "a long conversation falls silent, never stops, or says the same again and again, while what it hears goes on "
        "as before. `repeated_speech` and `repeated_text` are of that last: the share of speech (by the codes of the "
        "first codebook, the semantic one) and of text tokens (padding left out) that end an n-gram of four which "
        "ended within the 10 s of the conversation before too (the n-grams of seq-rep-4, Welleck et al. 2020), over "
        "windows with speech or text. Its rise says that the model begins to loop; one that is there from the first "
        "minute on is in the level (`output_repetition`), and one longer than 10 s in neither. None of it says whether "
        "what is said is any good, nor which change of `speech` is for the better. "
        "Answers that are no sound or no tokens are counted over the whole trial (`output_validity`): one is too "
        "many, so their slope says nothing more."
    ),
    statistics=STATISTICS,
    compute=_compute,
)
