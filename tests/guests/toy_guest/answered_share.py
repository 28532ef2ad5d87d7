"""The share of windows that were answered. Definition `answered_share/1`."""

from __future__ import annotations

from josie_bench.metrics import Metric
from josie_bench.terms.score import Score, missing


def compute(recording):
    windows = int(recording.measured().sum())
    if windows == 0:
        return {"mean": missing("no_samples", "no window was measured")}
    return {"mean": Score(value=int(recording.answered().sum()) / windows, n=windows)}


METRIC = Metric(
    title="Answered share",
    unit="ratio",
    direction="higher",
    definition="answered_share/1",
    origin="windows that closed → windows that were answered",
    description="Answered windows over measured windows.",
    statistics={"mean": "of the whole trial"},
    compute=compute,
)
