"""Pacer lateness: how late the bench itself was. Definition `pacer_lateness/1`."""

from __future__ import annotations

from josie_bench.metrics import Metric, closed_loop_scores
from josie_bench.statistics.percentiles import max_score, percentile_scores
from josie_bench.statistics.series import as_ms, lateness_ns
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score, missing

STATISTICS = {
    "p50": "half of the windows were handed over within this time",
    "p95": "95 % of the windows were handed over within this time",
    "p99": "99 % of the windows were handed over within this time",
    "p99.9": "999 of 1,000 windows were handed over within this time",
    "p99.99": "9,999 of 10,000 windows were handed over within this time",
    "max": "the latest hand-over of the trial; no interval",
}


def _compute(recording: Recording) -> dict[str, Score]:
    if not recording.is_open_loop:
        return closed_loop_scores(STATISTICS)
    if recording.is_virtual:
        return dict.fromkeys(STATISTICS, missing("virtual_time", "virtual time: no pacer ran"))
    lateness = as_ms(lateness_ns(recording))
    runs = recording.runs(recording.measured())
    return percentile_scores(lateness, runs=runs) | {"max": max_score(lateness)}


METRIC = Metric(
    title="Pacer lateness",
    unit="ms",
    direction="lower",
    definition="pacer_lateness/1",
    origin="scheduled window close → the pacer hands the window over",
    description=(
        "P_k = d_k − a_k over the measured windows. It is the bench's own error and not the system's: it is recorded "
        "and never repaired, and it is part of every response latency. If it is not small against the hop, the trial "
        "says little about the system. A closed loop has no pacer and gives n/a."
    ),
    statistics=STATISTICS,
    compute=_compute,
)
