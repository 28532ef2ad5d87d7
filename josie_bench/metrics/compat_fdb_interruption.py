"""Takeovers after interruptions, as Full-Duplex-Bench v1.0 counts them. Definition `compat_fdb_interruption/1`."""

from __future__ import annotations

from collections.abc import Sequence

from josie_bench.metrics import OF_ITEMS, Metric
from josie_bench.statistics.dialogues import dialogue_scores
from josie_bench.statistics.full_duplex_bench import is_taken_after_interruption
from josie_bench.statistics.turn_baselines import named_with_baselines
from josie_bench.statistics.turn_scores import share_score
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score
from josie_bench.terms.timeline import Timeline

BASELINES = ("delayed",)
STATISTICS = named_with_baselines(
    {
        "takeover": "of turns that find it speaking, from their end until the next",
    },
    BASELINES,
)


def _scores(timelines: Sequence[Timeline]) -> dict[str, Score]:
    return {"takeover": share_score(timelines, is_taken_after_interruption)}


def _compute(recording: Recording) -> dict[str, Score]:
    return dialogue_scores(recording, STATISTICS, _scores, BASELINES)


METRIC = Metric(
    title="Takeover rate after interruptions (Full-Duplex-Bench v1.0)",
    unit="ratio",
    direction="higher",
    definition="compat_fdb_interruption/1",
    origin="an interruption's end → the next turn's start",
    description=(
        "TOR of user interruptions of Lin et al. (2025, arXiv 2503.04721), by the thresholds of its evaluation "
        "scripts: a second or more lies between the model's first sound and its last behind the interruption, what "
        "it was saying on from before among it. Words are not counted, as in `compat_fdb_takeover`. Our own figures "
        "are `yielding` and `barge_in_recovery`. Fewer than 30 events make no rate."
    ),
    statistics=STATISTICS,
    compute=_compute,
    of=OF_ITEMS,
    tasks=("conversation",),
)
