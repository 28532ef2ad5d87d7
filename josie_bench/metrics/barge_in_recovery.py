"""How long after a barge-in the model speaks again. Definition `barge_in_recovery/1`."""

from __future__ import annotations

from collections.abc import Sequence

from josie_bench.metrics import OF_ITEMS, Metric
from josie_bench.statistics.dialogues import dialogue_scores
from josie_bench.statistics.turn_baselines import named_with_baselines
from josie_bench.statistics.turn_scores import recovery_scores
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score
from josie_bench.terms.timeline import Timeline

BASELINES = ("delayed",)  # the others are never interrupted
STATISTICS = named_with_baselines(
    {
        "q1": "a quarter speaks again by then",
        "median": "half speaks again by then",
        "q3": "three quarters speak again by then",
        "restricted_mean": "mean up to 10 s, where no answer counts as that long",
    },
    BASELINES,
)


def _scores(timelines: Sequence[Timeline]) -> dict[str, Score]:
    found = recovery_scores(timelines)
    return {name: found[name] for name in ("q1", "median", "q3", "restricted_mean")}


def _compute(recording: Recording) -> dict[str, Score]:
    return dialogue_scores(recording, STATISTICS, _scores, BASELINES)


METRIC = Metric(
    title="Recovery from barge-in",
    unit="ms",
    direction="lower",
    definition="barge_in_recovery/1",
    origin="end of a user's turn that found the model speaking → the model's next onset",
    description=(
        "From the end of a barge-in to the next onset of the model, censored when the next turn begins, the "
        "conversation ends or 10 s have passed. A model that did not stop has no onset. Quartiles are those of "
        "Kaplan and Meier. Sound is heard from its window's close on: nothing is timed, so that a service time of "
        "0 is in the figure. Fewer than 10 barge-ins give nothing."
    ),
    statistics=STATISTICS,
    compute=_compute,
    of=OF_ITEMS,
    tasks=("conversation",),
)
