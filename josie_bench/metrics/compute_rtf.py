"""Compute real-time factor: the share of real time spent computing. Definition `compute_rtf/1`."""

from __future__ import annotations

from josie_bench.metrics import Metric
from josie_bench.statistics.percentiles import mean_score
from josie_bench.statistics.series import compute_ns
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score


def _compute(recording: Recording) -> dict[str, Score]:
    hop_ns = recording.hop_ns[recording.answered()]
    return {"mean": mean_score(compute_ns(recording) / (hop_ns.mean() if len(hop_ns) else 1.0))}


METRIC = Metric(
    title="Compute real-time factor",
    unit="ratio",
    direction="lower",
    definition="compute_rtf/1",
    origin="summed compute time against the summed hops it serves",
    description=(
        "ΣC_k / ΣH_k over the N measured windows that were answered; no unit. Below 1 is needed to keep up at all, "
        "and is not enough to be on time. Time spent waiting for input is never part of it. It is a mean of windows "
        "of one run, which depend on each other, so it has no interval: one comes from the means of several runs."
    ),
    statistics={"mean": "summed compute time over summed hops; no interval within one run"},
    compute=_compute,
)
