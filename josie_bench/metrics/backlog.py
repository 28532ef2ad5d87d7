"""Backlog: windows that have closed and are not yet answered. Definition `backlog/2`."""

from __future__ import annotations

from josie_bench.metrics import Metric, closed_loop_scores
from josie_bench.statistics.series import backlog
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score, missing

STATISTICS = {"max": "the most windows that waited or were in work at one time; no interval"}


def _compute(recording: Recording) -> dict[str, Score]:
    if not recording.is_open_loop:
        return closed_loop_scores(STATISTICS)
    level = backlog(recording).level
    if not len(level):
        return {"max": missing("no_samples", "no window was measured")}
    return {"max": Score(value=float(level.max()), n=int(recording.measured().sum()))}


METRIC = Metric(
    title="Backlog",
    unit="windows",
    direction="lower",
    definition="backlog/2",
    origin="scheduled window close → last output byte readable",
    description=(
        "b(t) = #{k: a_k ≤ t < e_k}, from the close of the first measured window to the last answer; a window that "
        "was shed counts until its deadline, one that was lost until work begins on a later one of its conversation, "
        "and any other that was never answered until the trial ends, unless its session had been sent away; one of the "
        "warm-up counts for as long as it holds up the measured ones. 1 means that every answer came before the next "
        "window closed; a backlog that grows with the length of the trial means that the system does not keep up. "
        "Definition 1 let windows that were shed or lost wait until the trial's end. A closed loop has none and gives "
        "n/a."
    ),
    statistics=STATISTICS,
    compute=_compute,
)
