"""Whether the model is left alone by what is not meant for it. Definition `selectivity/1`."""

from __future__ import annotations

from collections.abc import Sequence

from josie_bench.metrics import OF_ITEMS, Metric
from josie_bench.statistics.dialogues import dialogue_scores
from josie_bench.statistics.turn_baselines import named_with_baselines
from josie_bench.statistics.turn_scores import share_score
from josie_bench.statistics.turn_taking import is_left_alone, of_kind
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score
from josie_bench.terms.timeline import BACK_CHANNEL, NOISE, Timeline

STATISTICS = named_with_baselines(
    {
        "all": "share of back-channels and noise",
        "back_channel": "share of back-channels",
        "noise": "share of stretches of noise",
    }
)


def _scores(timelines: Sequence[Timeline]) -> dict[str, Score]:
    return {
        "all": share_score(timelines, is_left_alone),
        "back_channel": share_score(timelines, of_kind(is_left_alone, BACK_CHANNEL)),
        "noise": share_score(timelines, of_kind(is_left_alone, NOISE)),
    }


def _compute(recording: Recording) -> dict[str, Score]:
    return dialogue_scores(recording, STATISTICS, _scores)


METRIC = Metric(
    title="Selectivity",
    unit="ratio",
    direction="higher",
    definition="selectivity/1",
    origin="start of a back-channel or of noise → 1 s after its end",
    description=(
        "Share of back-channels and stretches of noise that neither stopped the model nor made it begin, until a "
        "second after their end or the next turn, which may well stop it; an answer that is due to a turn is not "
        "held against them, and what finds the model speaking into a turn is left out. One that happens to end by "
        "itself counts as stopped. Fewer than 30 events make no rate."
    ),
    statistics=STATISTICS,
    compute=_compute,
    of=OF_ITEMS,
    tasks=("conversation",),
)
