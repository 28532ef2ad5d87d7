"""How often the model begins while the user speaks, as τ-voice counts it. Definition `compat_tau_interruption/1`."""

from __future__ import annotations

from collections.abc import Sequence

from josie_bench.metrics import OF_ITEMS, Metric
from josie_bench.statistics.dialogues import dialogue_scores
from josie_bench.statistics.turn_baselines import named_with_baselines
from josie_bench.statistics.turn_scores import interruption_score
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score
from josie_bench.terms.timeline import Timeline

BASELINES = ("silent", "delayed")
STATISTICS = named_with_baselines(
    {
        "rate": "I_A: onsets while the user is heard, over turns at whose end it is silent",
    },
    BASELINES,
)


def _scores(timelines: Sequence[Timeline]) -> dict[str, Score]:
    return {"rate": interruption_score(timelines)}


def _compute(recording: Recording) -> dict[str, Score]:
    return dialogue_scores(recording, STATISTICS, _scores, BASELINES)


METRIC = Metric(
    title="Interruptions by the model (τ-voice)",
    unit="ratio",
    direction="lower",
    definition="compat_tau_interruption/1",
    origin="the model's onset while the user is heard",
    description=(
        "I_A of Ray et al. (2026, arXiv 2603.13686), as its page `docs/interaction-metrics.md` has it, on instants "
        "and not on ticks of 200 ms. It can exceed 1. Our own figures are `premature` and `talk_over`. Fewer than 30 "
        "turns make no rate."
    ),
    statistics=STATISTICS,
    compute=_compute,
    of=OF_ITEMS,
    tasks=("conversation",),
)
