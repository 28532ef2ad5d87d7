"""Overlaps and responses, as Full-Duplex-Bench v1.5 tells them. Definition `compat_fdb_v1_5/1`."""

from __future__ import annotations

from collections.abc import Sequence

from josie_bench.metrics import OF_ITEMS, Metric
from josie_bench.statistics.dialogues import dialogue_scores
from josie_bench.statistics.full_duplex_bench_v1_5 import response_latencies_ms, stop_latencies_ms
from josie_bench.statistics.turn_baselines import named_with_baselines
from josie_bench.statistics.turn_scores import mean_of_all
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score
from josie_bench.terms.timeline import Timeline

BASELINES = ("delayed", "echo")
STATISTICS = named_with_baselines(
    {
        "stop": "mean length of overlaps of the user's voice with the model's",
        "response": "mean from an end of the user's voice to the model's next onset",
    },
    BASELINES,
)


def _scores(timelines: Sequence[Timeline]) -> dict[str, Score]:
    return {
        "stop": mean_of_all(timelines, stop_latencies_ms),
        "response": mean_of_all(timelines, response_latencies_ms),
    }


def _compute(recording: Recording) -> dict[str, Score]:
    return dialogue_scores(recording, STATISTICS, _scores, BASELINES)


METRIC = Metric(
    title="Stop and response latency (Full-Duplex-Bench v1.5)",
    unit="ms",
    direction="lower",
    definition="compat_fdb_v1_5/1",
    origin="begin of an overlap → its end; an end of the user's voice → the model's next onset",
    description=(
        "Latencies of Lin et al. (2025, arXiv 2507.23159), as its script `get_timing.py` has them: stretches of the "
        "user's voice no more than 600 ms apart, and of the model's no more than 500 ms, are one; stop latency is how "
        "long one of each are heard at once, whoever began and whoever stopped; response latency is never negative, "
        "and an end behind which the model never speaks again is left out. So a short overlap may be the user's doing: "
        "`barge_in` is ours, which begins at the user's onset and is censored, and `response_onset`. Fewer than 30 "
        "make no mean."
    ),
    statistics=STATISTICS,
    compute=_compute,
    of=OF_ITEMS,
    tasks=("conversation",),
)
