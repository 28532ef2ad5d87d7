"""How often the model speaks into a turn. Definition `premature/1`."""

from __future__ import annotations

from collections.abc import Sequence

from josie_bench.metrics import OF_ITEMS, Metric
from josie_bench.statistics.dialogues import dialogue_scores
from josie_bench.statistics.turn_baselines import named_with_baselines
from josie_bench.statistics.turn_scores import share_score
from josie_bench.statistics.turn_taking import is_premature
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score
from josie_bench.terms.timeline import Timeline

STATISTICS = named_with_baselines(
    {
        "share": "share of turns into which it spoke",
    }
)


def _scores(timelines: Sequence[Timeline]) -> dict[str, Score]:
    return {"share": share_score(timelines, is_premature)}


def _compute(recording: Recording) -> dict[str, Score]:
    return dialogue_scores(recording, STATISTICS, _scores)


METRIC = Metric(
    title="Premature responses",
    unit="ratio",
    direction="lower",
    definition="premature/1",
    origin="start of a user's turn → 200 ms before its end",
    description=(
        "Share of turns whose first onset of the model lies more than 200 ms before the turn's end. Speech that "
        "was under way when the turn began is none of it: see `barge_in` for that. Pauses within the turn count "
        "as part of it. Fewer than 30 events make no rate."
    ),
    statistics=STATISTICS,
    compute=_compute,
    of=OF_ITEMS,
    tasks=("conversation",),
)
