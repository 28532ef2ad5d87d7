"""How fast the model is silent when the user begins to speak. Definition `barge_in/1`."""

from __future__ import annotations

from collections.abc import Sequence

from josie_bench.metrics import OF_ITEMS, Metric
from josie_bench.statistics.dialogues import dialogue_scores
from josie_bench.statistics.turn_baselines import named_with_baselines
from josie_bench.statistics.turn_scores import yield_scores
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score
from josie_bench.terms.timeline import Timeline

NAMES = {
    "heard.median": "until its last sound was heard: half of the barge-ins",
    "heard.q3": "the same of three quarters",
    "heard.restricted_mean": "its mean up to 2 s",
    "decided.median": "until it decided to listen",
    "emitted.median": "until it had given its last sound; negative if that was before",
    "queued.median": "from its decision until its last sound was heard: what lay in the player",
}
BASELINES = ("delayed",)  # the others are never interrupted
STATISTICS = named_with_baselines(NAMES, BASELINES)


def _scores(timelines: Sequence[Timeline]) -> dict[str, Score]:
    found = yield_scores(timelines)
    return {name: found[name.partition(".")[0]][name.partition(".")[2]] for name in NAMES}


def _compute(recording: Recording) -> dict[str, Score]:
    return dialogue_scores(recording, STATISTICS, _scores, BASELINES)


METRIC = Metric(
    title="Barge-in",
    unit="ms",
    direction="lower",
    definition="barge_in/1",
    origin="start of a user's turn that finds the model speaking → its silence",
    description=(
        "The model's sound that is under way when the user begins ends with its last sound before 200 ms of "
        "silence. Decided is the close of the window in which its first silence token was drawn from then on, or "
        "the last one before if that already ended it; the sound of a window is given at its close, and heard for "
        "as long as it lasts. Each is censored at 2 s. A turn that finds the model silent is no barge-in, so n "
        "says how many there were: a model that never speaks has none. The conversation was put together before, "
        "with a partner whom the model does not hear; the model need not be speaking where that partner was "
        "interrupted. Sound is heard from its window's close on: nothing is timed, so that a service time of 0 is "
        "in the figure. Fewer than 10 give nothing."
    ),
    statistics=STATISTICS,
    compute=_compute,
    of=OF_ITEMS,
    tasks=("conversation",),
)
