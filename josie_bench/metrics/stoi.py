"""Intelligibility of decoded speech against the recording. Definition `stoi/1`."""

from __future__ import annotations

from josie_bench.metrics import OF_ITEMS, Metric
from josie_bench.statistics.quality_figures import FIGURES, judged_of
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score

STATISTICS = {"mean": "over items"}


def _compute(recording: Recording) -> dict[str, Score]:
    return {"mean": FIGURES["stoi"].score(judged_of(recording))}


METRIC = Metric(
    title="Intelligibility behind the codes",
    unit="ratio",
    direction="higher",
    definition="stoi/1",
    origin="a recording against itself behind the codec's codes, at its place",
    description=(
        "STOI (Taal et al., 2011): the mean correlation of envelopes in third-octave bands over 384 ms, 1 for a copy "
        "and about 0 for noise; its mean over items. Items that are silent throughout on either side, or hold less "
        "than 384 ms of speech, have none and are left out: n says how many have one. The interval draws speakers "
        "again, or items where there are fewer than 20 speakers."
    ),
    statistics=STATISTICS,
    compute=_compute,
    of=OF_ITEMS,
    tasks=("codec",),
    judges=("stoi",),
)
