"""Compute real-time factor: the share of real time spent computing. Definition `compute_rtf/1`."""

from __future__ import annotations

from josie_bench.metrics import Metric
from josie_bench.statistics.percentiles import mean_score
from josie_bench.statistics.series import compute_ns
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score


def _compute(recording: Recording) -> dict[str, Score]:
    rows = recording.answered()
    hop_ns = recording.hop_ns[rows].mean() if rows.any() else 1.0
    return {"mean": mean_score(compute_ns(recording) / hop_ns, recording.runs(rows))}


METRIC = Metric(
    title="Compute real-time factor",
    unit="ratio",
    direction="lower",
    definition="compute_rtf/1",
    origin="summed compute time against the summed hops it serves",
    description=(
        "ΣC_k / ΣH_k over the N measured windows that were answered; no unit. Below 1 is needed to keep up at all, and"
        " is not enough to be on time. Time spent waiting for input is never part of it. It is a mean, so its interval"
        " comes from the means of several runs: windows of one run depend on each other. It is the utilisation of a "
        "machine that serves one conversation."
    ),
    statistics={"mean": "summed compute time over summed hops; its interval comes from several runs"},
    compute=_compute,
)
