"""Compute time, from the start of work on a window to its answer. Definition `compute_time/1`."""

from __future__ import annotations

from josie_bench.metrics import Metric
from josie_bench.statistics.percentiles import max_score, mean_score, over_rounds_score, percentile_scores
from josie_bench.statistics.series import as_ms, compute_ns
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score, missing

STATISTICS = {
    "p50": "half of the answers took no longer than this",
    "p95": "95 % of the answers took no longer than this",
    "p99": "99 % of the answers took no longer than this",
    "p99.9": "999 of 1,000 answers took no longer than this",
    "p99.99": "9,999 of 10,000 answers took no longer than this",
    "max": "the longest answer of the trial; no interval",
    "mean": "the mean over the trial's answers; its interval comes from several runs",
    "cold_first": "the very first window of a trial, warm-up included; over several rounds their median",
}


def _compute(recording: Recording) -> dict[str, Score]:
    values = as_ms(compute_ns(recording))
    rows = recording.answered()
    runs, sessions = recording.runs(rows), recording.sessions_of(rows)
    return percentile_scores(values, runs=runs, sessions=sessions) | {
        "max": max_score(values),
        "mean": mean_score(values, runs),
        "cold_first": _cold_first(recording),
    }


def _cold_first(recording: Recording) -> Score:
    rows = recording.first_rows()
    rows = rows[recording.is_answered[rows]]
    if not len(rows):
        return missing("no_samples", "the first window of the trial got no answer")
    return over_rounds_score(as_ms((recording.finished_ns - recording.started_ns)[rows]))


METRIC = Metric(
    title="Compute time",
    unit="ms",
    direction="lower",
    definition="compute_time/1",
    origin="work on the window starts → last output byte readable",
    description=(
        "C_k = e_k − q_k over the measured windows that were answered, in open and in closed loop. Waiting before the "
        "work began is left out, so C alone never shows that a system keeps up: response latency does. A window "
        "without an answer has no known compute time and is left out here; response latency and the deadline miss "
        "ratio count it against the system. A case of several rounds gives the windows of all of them; "
        "`cold_first` has one value a round, and an interval from six rounds on."
    ),
    statistics=STATISTICS,
    compute=_compute,
)
