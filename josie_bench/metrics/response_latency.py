"""Response latency, from a window's scheduled close to its answer. Definition `response_latency/1`."""

from __future__ import annotations

from josie_bench.metrics import Metric, closed_loop_scores
from josie_bench.statistics.percentiles import max_score, mean_score, percentile_scores
from josie_bench.statistics.series import as_ms, response_ns
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score

STATISTICS = {
    "p50": "half of the windows were answered within this time",
    "p95": "95 % of the windows were answered within this time",
    "p99": "99 % of the windows were answered within this time",
    "p99.9": "999 of 1,000 windows were answered within this time",
    "p99.99": "9,999 of 10,000 windows were answered within this time",
    "max": "the slowest window of the trial; no interval",
    "mean": "the mean over the trial's windows; its interval comes from several runs",
}


def _compute(recording: Recording) -> dict[str, Score]:
    if not recording.is_open_loop:
        return closed_loop_scores(STATISTICS)
    response = as_ms(response_ns(recording))
    rows = recording.measured()
    runs, sessions = recording.runs(rows), recording.sessions_of(rows)
    return percentile_scores(response, runs=runs, sessions=sessions) | {
        "max": max_score(response),
        "mean": mean_score(response, runs),
    }


METRIC = Metric(
    title="Response latency",
    unit="ms",
    direction="lower",
    definition="response_latency/1",
    origin="scheduled window close → last output byte readable",
    description=(
        "R_k = e_k − a_k over the measured windows. The clock starts when the window's last sample exists by the "
        "schedule, not when the system gets round to it, so waiting behind a slow window is counted. A window that got "
        "no answer counts as infinitely late; a statistic that would be infinite is n/a (`censored`). A word spoken at "
        "the newest edge of a window waits R, one spoken anywhere in a hop waits R + H/2 on average, and the oldest "
        "sample of the window waited R + W. That is until the answer can be read, be it text, sound or silence. What "
        "is spoken in it is heard later by L, what the codec is late, and by the player's prebuffer; "
        "`first_audio_latency` has L. A closed loop has no schedule to be late for and gives n/a."
    ),
    statistics=STATISTICS,
    compute=_compute,
)
