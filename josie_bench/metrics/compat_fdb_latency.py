"""How soon the model takes over, as Full-Duplex-Bench v1.0 counts it. Definition `compat_fdb_latency/1`."""

from __future__ import annotations

from collections.abc import Sequence

from josie_bench.metrics import OF_ITEMS, Metric
from josie_bench.statistics.dialogues import dialogue_scores
from josie_bench.statistics.full_duplex_bench import interruption_latency_ms, turn_latency_ms
from josie_bench.statistics.turn_baselines import named_with_baselines
from josie_bench.statistics.turn_scores import mean_score
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score
from josie_bench.terms.timeline import Timeline

BASELINES = ("delayed",)
STATISTICS = named_with_baselines(
    {
        "turn": "mean over turns that it took, of those that find it silent",
        "interruption": "the same from the end of turns that find it speaking",
    },
    BASELINES,
)


def _scores(timelines: Sequence[Timeline]) -> dict[str, Score]:
    return {
        "turn": mean_score(timelines, turn_latency_ms),
        "interruption": mean_score(timelines, interruption_latency_ms),
    }


def _compute(recording: Recording) -> dict[str, Score]:
    return dialogue_scores(recording, STATISTICS, _scores, BASELINES)


METRIC = Metric(
    title="Latency of takeovers (Full-Duplex-Bench v1.0)",
    unit="ms",
    direction="lower",
    definition="compat_fdb_latency/1",
    origin="end of a user's turn → the model's first sound in the sample",
    description=(
        "Average latency of Lin et al. (2025, arXiv 2503.04721), as its evaluation scripts have it: of samples in "
        "which the model took over alone, and 0 where it began before the turn's end. So it is no figure of models "
        "that answer seldom or too early: `response_onset` is ours, which counts both. Fewer than 30 events make no "
        "mean."
    ),
    statistics=STATISTICS,
    compute=_compute,
    of=OF_ITEMS,
    tasks=("conversation",),
)
