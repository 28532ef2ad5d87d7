"""Latency drift: by how much windows are answered later from minute to minute. Definition `latency_drift/2`."""

from __future__ import annotations

from josie_bench.metrics import Metric, closed_loop_scores
from josie_bench.statistics.percentiles import median_over_rounds
from josie_bench.statistics.series import as_ms, compute_ns, minutes_of, response_ns
from josie_bench.statistics.slope import slope_of_windows
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score

RESPONSE = {"response": "ms a minute by which the median response grows while windows are measured"}
COMPUTE = {"compute": "ms a minute by which the median compute time grows meanwhile"}


def _compute(recording: Recording) -> dict[str, Score]:
    rounds = recording.by_round()
    compute = median_over_rounds([{"compute": _of_compute(one)} for one in rounds])
    if not recording.is_open_loop:
        return closed_loop_scores(RESPONSE) | compute
    return median_over_rounds([{"response": _of_response(one)} for one in rounds]) | compute


def _of_response(recording: Recording) -> Score:
    return slope_of_windows(minutes_of(recording, recording.measured()), as_ms(response_ns(recording)))


def _of_compute(recording: Recording) -> Score:
    return slope_of_windows(minutes_of(recording, recording.answered()), as_ms(compute_ns(recording)))


METRIC = Metric(
    title="Latency drift",
    unit="ms/min",
    direction="lower",
    definition="latency_drift/2",
    origin="R_k and C_k of the measured windows over their scheduled close a_k",
    description=(
        "The measured time is cut into 20 equal stretches; the slope is the median of the slopes of all pairs of "
        "their medians (Theil 1950, Sen 1968), so that a step or a few slow windows do not make a slope. Its interval "
        "is Sen's, from Kendall's statistic. Where windows are so alike that a stretch would be worth less than four "
        "independent ones, there are fewer stretches, and below eight none: n/a (`insufficient_samples`). So is less "
        "than a minute of windows (`too_short`), and a stretch half of which got no answer, for the response "
        "(`censored`). Several sessions are one series, in order of their windows' closes: where they come and go it "
        "is the machine that drifts and not a conversation. A drift is a slope whose lower bound is above what one can "
        "live with; half a millisecond a minute are 30 ms an hour. Of several rounds it is the median of theirs, among "
        "them those that are censored, as the largest (definition 1 left them out). A closed loop has no response and "
        "drifts in compute time alone."
    ),
    statistics=RESPONSE | COMPUTE,
    compute=_compute,
)
