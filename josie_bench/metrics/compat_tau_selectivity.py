"""Back-channels that are talked through, as τ-voice counts them. Definition `compat_tau_selectivity/1`."""

from __future__ import annotations

from collections.abc import Sequence

from josie_bench.metrics import OF_ITEMS, Metric
from josie_bench.statistics.dialogues import dialogue_scores
from josie_bench.statistics.tau_voice import is_talked_through
from josie_bench.statistics.turn_baselines import named_with_baselines
from josie_bench.statistics.turn_scores import share_score
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score
from josie_bench.terms.timeline import Timeline

BASELINES = ("delayed",)
STATISTICS = named_with_baselines(
    {
        "back_channel": "S_BC: of back-channels that find it speaking",
    },
    BASELINES,
)


def _scores(timelines: Sequence[Timeline]) -> dict[str, Score]:
    return {"back_channel": share_score(timelines, is_talked_through)}


def _compute(recording: Recording) -> dict[str, Score]:
    return dialogue_scores(recording, STATISTICS, _scores, BASELINES)


METRIC = Metric(
    title="Selectivity (τ-voice)",
    unit="ratio",
    direction="higher",
    definition="compat_tau_selectivity/1",
    origin="a back-channel's start → 1 s later",
    description=(
        "S_BC of Ray et al. (2026, arXiv 2603.13686), as its page `docs/interaction-metrics.md` has it, on instants "
        "and not on ticks of 200 ms. A back-channel is talked through if the model does not stop within a second. "
        "Vocal tics and words to others (S_VT, S_ND) are in none of our conversations. Our own figure is "
        "`selectivity`. Fewer than 30 events make no rate."
    ),
    statistics=STATISTICS,
    compute=_compute,
    of=OF_ITEMS,
    tasks=("conversation",),
)
