"""Intelligibility of decoded speech against the recording. Definition `stoi/1`."""

from __future__ import annotations

from josie_bench.metrics import OF_ITEMS, Metric
from josie_bench.statistics.quality_figures import CODEC, FIGURES, judged_of, mean_figure
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score

STATISTICS = {"mean": "over items", "noise": "beside it, of noise that is as loud as the recording, frame by frame"}
NOISE = mean_figure(CODEC, "stoi", "stoi.noise")


def _compute(recording: Recording) -> dict[str, Score]:
    judged = judged_of(recording)
    return {"mean": FIGURES["stoi"].score(judged), "noise": NOISE.score(judged)}


METRIC = Metric(
    title="Intelligibility behind the codes",
    unit="ratio",
    direction="higher",
    definition="stoi/1",
    origin="a recording against itself behind the codec's codes, at its place",
    description=(
        "STOI (Taal et al., 2011): the mean correlation of envelopes in third-octave bands over 384 ms, 1 for a copy "
        "and about 0 for noise; its mean over items. Noise that goes with the recording's loudness has more, and no "
        "word can be heard in it: so far loudness alone brings the figure (`noise`). Items that are silent throughout "
        "on either side, or hold less than 384 ms of speech, have none and are left out: n says how many have one. The "
        "interval draws speakers again, or items where there are fewer than 20 speakers."
    ),
    statistics=STATISTICS,
    compute=_compute,
    of=OF_ITEMS,
    tasks=("codec",),
    judges=("stoi",),
)
