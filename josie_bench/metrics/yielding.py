"""Whether the model gives way when the user begins to speak. Definition `yielding/1`."""

from __future__ import annotations

from collections.abc import Sequence

from josie_bench.metrics import OF_ITEMS, Metric
from josie_bench.statistics.dialogues import dialogue_scores
from josie_bench.statistics.turn_baselines import named_with_baselines
from josie_bench.statistics.turn_scores import share_score
from josie_bench.statistics.turn_taking import is_yielded_to
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score
from josie_bench.terms.timeline import Timeline

BASELINES = ("delayed",)  # the others are never interrupted
STATISTICS = named_with_baselines(
    {
        "yielded": "share of barge-ins after which it was silent within 2 s",
    },
    BASELINES,
)


def _scores(timelines: Sequence[Timeline]) -> dict[str, Score]:
    return {"yielded": share_score(timelines, is_yielded_to)}


def _compute(recording: Recording) -> dict[str, Score]:
    return dialogue_scores(recording, STATISTICS, _scores, BASELINES)


METRIC = Metric(
    title="Yielding",
    unit="ratio",
    direction="higher",
    definition="yielding/1",
    origin="start of a user's turn that finds the model speaking → 2 s later",
    description=(
        "Share of barge-ins after which the model's last sound was heard within 2 s; one that was about to end anyway "
        "counts. A turn that finds the model silent is no barge-in: n says how many found it speaking, and "
        "`response_timing.turns` how many turns there were. Fewer than 30 events make no rate."
    ),
    statistics=STATISTICS,
    compute=_compute,
    of=OF_ITEMS,
    tasks=("conversation",),
)
