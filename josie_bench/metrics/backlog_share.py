"""Backlog share: how much of the time windows queued. Definition `backlog_share/2`."""

from __future__ import annotations

from josie_bench.metrics import Metric, closed_loop_scores
from josie_bench.statistics.series import backlog
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score, missing

STATISTICS = {"two_or_more": "share of the measured time with two or more unanswered windows; no interval"}
QUEUE_LEVEL = 2  # one in work and one behind it


def _compute(recording: Recording) -> dict[str, Score]:
    if not recording.is_open_loop:
        return closed_loop_scores(STATISTICS)
    pieces = backlog(recording)
    if not len(pieces.level):
        return {"two_or_more": missing("no_samples", "no window was measured")}
    queued_ns = int(pieces.duration_ns[pieces.level >= QUEUE_LEVEL].sum())
    share = queued_ns / int(pieces.duration_ns.sum())
    return {"two_or_more": Score(value=share, n=int(recording.measured().sum()))}


METRIC = Metric(
    title="Backlog share",
    unit="ratio",
    direction="lower",
    definition="backlog_share/2",
    origin="scheduled window close → last output byte readable",
    description=(
        "The share of the time from the close of the first measured window to the last answer in which b(t) ≥ 2, b "
        "being the backlog: a window closed while an earlier one was still unanswered. It is a share of time and not "
        "of windows, so it has no binomial interval. Definition 1 let windows that were shed or lost wait until the "
        "trial's end. A closed loop has no backlog and gives n/a."
    ),
    statistics=STATISTICS,
    compute=_compute,
)
