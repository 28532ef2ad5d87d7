"""Whether the model waits while the user pauses within a turn. Definition `pause_handling/1`."""

from __future__ import annotations

from collections.abc import Sequence

from josie_bench.metrics import OF_ITEMS, Metric
from josie_bench.statistics.dialogues import dialogue_scores
from josie_bench.statistics.turn_baselines import named_with_baselines
from josie_bench.statistics.turn_scores import share_score
from josie_bench.statistics.turn_taking import is_pause_kept
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score
from josie_bench.terms.timeline import Timeline

STATISTICS = named_with_baselines(
    {
        "kept": "share of pauses into which it did not speak",
    }
)


def _scores(timelines: Sequence[Timeline]) -> dict[str, Score]:
    return {"kept": share_score(timelines, is_pause_kept)}


def _compute(recording: Recording) -> dict[str, Score]:
    return dialogue_scores(recording, STATISTICS, _scores)


METRIC = Metric(
    title="Pause handling",
    unit="ratio",
    direction="higher",
    definition="pause_handling/1",
    origin="start of a pause within a user's turn → its end",
    description=(
        "Share of the pauses within turns, of 200 to 900 ms, in which the model did not begin to speak. A pause "
        "that finds it speaking tells nothing and is left out. Fewer than 30 events make no rate."
    ),
    statistics=STATISTICS,
    compute=_compute,
    of=OF_ITEMS,
    tasks=("conversation",),
)
