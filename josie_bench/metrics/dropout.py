"""Dropout: how often a modality is lost, and how much work its absence saves. Definition `dropout/1`."""

from __future__ import annotations

import numpy as np

from josie_bench.metrics import OF_DROPOUT, Metric
from josie_bench.statistics.dropout import returns
from josie_bench.statistics.percentiles import percentile_scores
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score, missing

STATISTICS = {
    "lost": "share of the measured windows in which something was lost; no interval, for the seed decides it",
    "work.p50": "work of the windows that lack something over that of those after them; median over losses",
}


def _compute(recording: Recording) -> dict[str, Score]:
    rows = recording.measured()
    if recording.dropped is None or not rows.any():
        return dict.fromkeys(STATISTICS, missing("not_measured", "no window was measured of which something was lost"))
    lost = recording.dropped[rows] != ""
    found = [loss for loss in returns(recording) if loss.settled_ms > 0.0]
    ratios = np.array([loss.lacking_ms / loss.settled_ms for loss in found])
    runs = np.array([loss.round for loss in found], dtype=np.int64)
    share = Score(value=float(lost.mean()), n=len(lost), count=int(lost.sum()))
    return {"lost": share} | percentile_scores(ratios, (50.0,), prefix="work.", runs=runs)


METRIC = Metric(
    title="Dropout",
    unit="ratio",
    direction="none",
    definition="dropout/1",
    origin="windows in which a modality was lost against the windows after them in which all came",
    description=(
        "`work` is, for each loss, the median C of its windows over the median C of the windows that follow it with "
        "everything; its median over losses is given. Below 1 means that what is absent is not paid for. A loss is a "
        "stretch of measured and answered windows that lack something; one after which nothing came again counts in "
        "`lost` alone."
    ),
    statistics=STATISTICS,
    compute=_compute,
    of=OF_DROPOUT,
)
