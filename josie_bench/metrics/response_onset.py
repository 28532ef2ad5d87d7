"""How long after a turn the model begins. Definition `response_onset/1`."""

from __future__ import annotations

from collections.abc import Sequence

from josie_bench.metrics import OF_ITEMS, Metric
from josie_bench.statistics.dialogues import dialogue_scores
from josie_bench.statistics.turn_baselines import named_with_baselines
from josie_bench.statistics.turn_scores import response_scores
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score
from josie_bench.terms.timeline import Timeline

BASELINES = ("delayed", "echo")  # a model that is always silent has no onset
STATISTICS = named_with_baselines(
    {
        "q1": "a quarter of the turns is answered by then",
        "median": "half of the turns is answered by then",
        "q3": "three quarters of the turns are answered by then",
        "restricted_mean": "mean up to 10 s, where no answer counts as that long",
    },
    BASELINES,
)


def _scores(timelines: Sequence[Timeline]) -> dict[str, Score]:
    found = response_scores(timelines)
    return {name: found[name] for name in ("q1", "median", "q3", "restricted_mean")}


def _compute(recording: Recording) -> dict[str, Score]:
    return dialogue_scores(recording, STATISTICS, _scores, BASELINES)


METRIC = Metric(
    title="Response onset",
    unit="ms",
    direction="none",
    definition="response_onset/1",
    origin="end of a user's turn → the model's first sound that is heard",
    description=(
        "Onset minus the turn's end, negative where the model spoke into it. A turn without an answer until the "
        "next begins, the conversation ends or 10 s have passed is censored there: neither left out nor counted "
        "as an answer. Quartiles are those of Kaplan and Meier with bounds by Greenwood's variance. Sound is "
        "heard from its window's close on: nothing is timed, so that a service time of 0 is in the figure. What "
        "the window's length alone makes of it is half a hop on average, and the step's time comes on top. A "
        "quartile that was never reached is n/a. Fewer than 10 turns give nothing."
    ),
    statistics=STATISTICS,
    compute=_compute,
    of=OF_ITEMS,
    tasks=("conversation",),
)
