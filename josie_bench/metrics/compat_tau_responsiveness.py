"""Responses and yields, as τ-voice counts them. Definition `compat_tau_responsiveness/1`."""

from __future__ import annotations

from collections.abc import Sequence

from josie_bench.metrics import OF_ITEMS, Metric
from josie_bench.statistics.dialogues import dialogue_scores
from josie_bench.statistics.tau_voice import is_responded, is_yielded
from josie_bench.statistics.turn_baselines import named_with_baselines
from josie_bench.statistics.turn_scores import share_score
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score
from josie_bench.terms.timeline import Timeline

BASELINES = ("delayed",)
STATISTICS = named_with_baselines(
    {
        "response": "R_R: of turns at whose end it is silent",
        "yield": "R_Y: of turns that find it speaking",
    },
    BASELINES,
)


def _scores(timelines: Sequence[Timeline]) -> dict[str, Score]:
    return {
        "response": share_score(timelines, is_responded),
        "yield": share_score(timelines, is_yielded),
    }


def _compute(recording: Recording) -> dict[str, Score]:
    return dialogue_scores(recording, STATISTICS, _scores, BASELINES)


METRIC = Metric(
    title="Responsiveness (τ-voice)",
    unit="ratio",
    direction="higher",
    definition="compat_tau_responsiveness/1",
    origin="a turn's end → the next turn; a turn's start → 2 s later",
    description=(
        "R_R and R_Y of Ray et al. (2026, arXiv 2603.13686), as its page `docs/interaction-metrics.md` has them, on "
        "instants and not on ticks of 200 ms. A turn is responded to if the model begins before the next turn, "
        "however late; the last one, if nothing follows, is left out. It is yielded to if the model stops within two "
        "seconds. Our own figures are `response_timing` and `yielding`. Fewer than 30 events make no rate."
    ),
    statistics=STATISTICS,
    compute=_compute,
    of=OF_ITEMS,
    tasks=("conversation",),
)
