"""Utilisation: how much of the time the windows of all sessions ask for. Definition `utilisation/1`."""

from __future__ import annotations

import numpy as np

from josie_bench.metrics import OF_SESSIONS, Metric, closed_loop_scores
from josie_bench.statistics.batches import batches_of
from josie_bench.statistics.percentiles import mean_score
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score, missing

STATISTICS = {"mean": "compute time of the windows over the time in which they came; an interval over several runs"}


def _compute(recording: Recording) -> dict[str, Score]:
    if not recording.is_open_loop:
        return closed_loop_scores(STATISTICS)
    loads = np.array([load for one in recording.by_round() if (load := _load(one)) is not None])
    if not len(loads):
        return dict.fromkeys(STATISTICS, missing("no_samples", "no window was measured and answered"))
    return {"mean": mean_score(loads, np.arange(len(loads)))}


def _load(recording: Recording) -> float | None:
    """Return what a window takes on average, over how often one comes, from a hop before the first close on.

    Of the time of a step that answers several together each takes its share.
    """
    rows = recording.answered()
    if not rows.any():
        return None
    closes = recording.scheduled_ns[recording.measured()]
    lasted_ns = int(closes.max() - closes.min()) + int(recording.hop_ns[recording.measured()].mean())
    steps = batches_of(recording)
    return float(steps.took_ns.sum() / steps.size.sum() * len(closes) / lasted_ns)


METRIC = Metric(
    title="Utilisation",
    unit="ratio",
    direction="lower",
    definition="utilisation/1",
    origin="summed compute time of all sessions against the time in which their windows came",
    description=(
        "N · mean C_k / T: what the N measured windows of all sessions take, over the time T in which they closed, the "
        "first one's hop included. At 1 and above the line of waiting windows grows without end; below, windows can "
        "still be late, for they come in bunches. Windows that were shed count as what the others took, and those that "
        "were stepped together share the time of their step: of them it is the share of the time in which the model "
        "works, which comes near 1 long before windows are late, for a step takes all who wait."
    ),
    statistics=STATISTICS,
    compute=_compute,
    of=OF_SESSIONS,
)
