"""Whether the model began where it should, and nowhere else. Definition `response_timing/1`."""

from __future__ import annotations

from collections.abc import Sequence

from josie_bench.metrics import OF_ITEMS, Metric
from josie_bench.statistics.dialogues import dialogue_scores
from josie_bench.statistics.turn_baselines import named_with_baselines
from josie_bench.statistics.turn_scores import share_score
from josie_bench.statistics.turn_taking import is_answered, is_timed_right, of_kind
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score
from josie_bench.terms.timeline import TURN, Timeline

STATISTICS = named_with_baselines(
    {
        "right": "share of all events that are right",
        "turns": "share of turns that are right",
        "answered": "share of turns that are answered at all, before the next one begins and within 10 s",
    }
)


def _scores(timelines: Sequence[Timeline]) -> dict[str, Score]:
    return {
        "right": share_score(timelines, is_timed_right),
        "turns": share_score(timelines, of_kind(is_timed_right, TURN)),
        "answered": share_score(timelines, is_answered),
    }


def _compute(recording: Recording) -> dict[str, Score]:
    return dialogue_scores(recording, STATISTICS, _scores)


METRIC = Metric(
    title="Response timing",
    unit="ratio",
    direction="higher",
    definition="response_timing/1",
    origin="end of a user's turn → the model's first sound that is heard",
    description=(
        "A turn is right if the model's first onset from the turn's start on lies in [−200, +700] ms of its end; a "
        "pause within a turn, a back-channel and noise are right if nothing begins in them but an answer that is "
        "due to a turn. When the user does what is known from how the conversation was put together. An onset is "
        "the first 10 ms of at least 60 ms above −40 dB of full scale on the model's channel. Sound is heard from "
        "its window's close on: nothing is timed, so that a service time of 0 is in the figure. Always being silent "
        "is right about all but the turns: the figure means something only beside the baselines on the same "
        "dialogues. The interval draws dialogues again. Fewer than 30 events make no rate."
    ),
    statistics=STATISTICS,
    compute=_compute,
    of=OF_ITEMS,
    tasks=("conversation",),
)
