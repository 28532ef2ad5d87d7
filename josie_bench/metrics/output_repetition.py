"""Output repetition: how much of what is said was said shortly before. Definition `output_repetition/1`."""

from __future__ import annotations

from josie_bench.metrics import Metric
from josie_bench.terms.recording import Ints, Recording
from josie_bench.terms.score import Score, missing

STATISTICS = {
    "speech": "share of the speech that ends four semantic codes which came within 10 s before too; no interval",
    "text": "share of the text tokens that end four which came within 10 s before too; no interval",
}


def _compute(recording: Recording) -> dict[str, Score]:
    return {
        "speech": _of(recording, recording.repeated_samples, recording.audio_samples),
        "text": _of(recording, recording.repeated_tokens, recording.text_tokens),
    }


def _of(recording: Recording, repeated: Ints | None, said: Ints) -> Score:
    rows = recording.answered() & (said > 0)
    if repeated is None:
        return missing("not_measured", "nobody looked for what is said again")
    if not rows.any():
        return missing("silent", "the model said or wrote nothing")
    return Score(value=float(repeated[rows].sum() / said[rows].sum()), n=int(rows.sum()))


METRIC = Metric(
    title="Output repetition",
    unit="ratio",
    direction="none",
    definition="output_repetition/1",
    origin="speech and text of the measured windows against the 10 s of the same conversation before each token",
    description=(
        "A model that degenerates says the same again and again (n-grams of four as in seq-rep-4, Welleck et al. 2020; "
        "here of the last 10 s, of the codes of the first codebook where the model speaks, and of text tokens but "
        "padding). `output_drift` tells whether that grows; this is its level, so that a loop is seen that is there "
        "from the first minute on, and engines or precisions can be held beside each other. It is not 0 for a good "
        "model: a sound that is held repeats its code, and an answer may have to say a word again. Loops longer than "
        "10 s are not seen. Windows depend on each other, so there is no interval; `n` are those with speech or text."
    ),
    statistics=STATISTICS,
    compute=_compute,
)
