"""Back-channels given, as Full-Duplex-Bench v1.0 counts them. Definition `compat_fdb_back_channels/1`."""

from __future__ import annotations

from collections.abc import Sequence

from josie_bench.metrics import OF_ITEMS, Metric
from josie_bench.statistics.dialogues import dialogue_scores
from josie_bench.statistics.full_duplex_bench import back_channels_per_s
from josie_bench.statistics.turn_baselines import named_with_baselines
from josie_bench.statistics.turn_scores import mean_score
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score
from josie_bench.terms.timeline import Timeline

STATISTICS = named_with_baselines(
    {
        "frequency": "mean over turns that find it silent",
    }
)


def _scores(timelines: Sequence[Timeline]) -> dict[str, Score]:
    return {"frequency": mean_score(timelines, back_channels_per_s)}


def _compute(recording: Recording) -> dict[str, Score]:
    return dialogue_scores(recording, STATISTICS, _scores)


METRIC = Metric(
    title="Back-channels given (Full-Duplex-Bench v1.0)",
    unit="1/s",
    direction="none",
    definition="compat_fdb_back_channels/1",
    origin="a turn's start → its end",
    description=(
        "Back-channel frequency of Lin et al. (2025, arXiv 2503.04721), by the thresholds of its evaluation script: "
        "stretches of the model's speech shorter than a second while the user has the turn, 0 in turns in which one "
        "is longer. It asks for two words at most, which are not counted here. Samples are the turns of "
        "longer conversations, a few seconds each. Fewer than 30 turns make no mean."
    ),
    statistics=STATISTICS,
    compute=_compute,
    of=OF_ITEMS,
    tasks=("conversation",),
)
