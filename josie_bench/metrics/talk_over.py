"""For how long user and model are heard at once. Definition `talk_over/1`."""

from __future__ import annotations

from collections.abc import Sequence

from josie_bench.metrics import OF_ITEMS, Metric
from josie_bench.statistics.dialogues import dialogue_scores
from josie_bench.statistics.turn_baselines import named_with_baselines
from josie_bench.statistics.turn_scores import talk_over_score
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score
from josie_bench.terms.timeline import Timeline

STATISTICS = named_with_baselines(
    {
        "share": "share of the time of the user's voice",
    }
)


def _scores(timelines: Sequence[Timeline]) -> dict[str, Score]:
    return {"share": talk_over_score(timelines)}


def _compute(recording: Recording) -> dict[str, Score]:
    return dialogue_scores(recording, STATISTICS, _scores)


METRIC = Metric(
    title="Talk-over",
    unit="ratio",
    direction="lower",
    definition="talk_over/1",
    origin="the user's voice and the model's, both heard",
    description=(
        "Time in which both are heard over the time of the user's voice, of all dialogues together; back-channels "
        "are the user's voice too, and pauses within turns are not. The interval draws dialogues again."
    ),
    statistics=STATISTICS,
    compute=_compute,
    of=OF_ITEMS,
    tasks=("conversation",),
)
