"""Latency of responses and yields, as τ-voice counts it. Definition `compat_tau_latency/1`."""

from __future__ import annotations

from collections.abc import Sequence

from josie_bench.metrics import OF_ITEMS, Metric
from josie_bench.statistics.dialogues import dialogue_scores
from josie_bench.statistics.tau_voice import response_latency_ms, yield_latency_ms
from josie_bench.statistics.turn_baselines import named_with_baselines
from josie_bench.statistics.turn_scores import mean_score
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score
from josie_bench.terms.timeline import Timeline

BASELINES = ("delayed",)
STATISTICS = named_with_baselines(
    {
        "response": "L_R: mean over turns that were responded to",
        "yield": "L_Y: mean over turns that were yielded to",
    },
    BASELINES,
)


def _scores(timelines: Sequence[Timeline]) -> dict[str, Score]:
    return {
        "response": mean_score(timelines, response_latency_ms),
        "yield": mean_score(timelines, yield_latency_ms),
    }


def _compute(recording: Recording) -> dict[str, Score]:
    return dialogue_scores(recording, STATISTICS, _scores, BASELINES)


METRIC = Metric(
    title="Latency (τ-voice)",
    unit="ms",
    direction="lower",
    definition="compat_tau_latency/1",
    origin="a turn's end → the model's onset; a turn's start → the end of its sound",
    description=(
        "L_R and L_Y of Ray et al. (2026, arXiv 2603.13686), as its page `docs/interaction-metrics.md` has them, on "
        "instants and not on ticks of 200 ms. It gives seconds. Who never responds or yields is left out: "
        "`response_onset` and `barge_in` are ours, which count them. Fewer than 30 events make no mean."
    ),
    statistics=STATISTICS,
    compute=_compute,
    of=OF_ITEMS,
    tasks=("conversation",),
)
