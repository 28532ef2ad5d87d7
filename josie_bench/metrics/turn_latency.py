"""Turn latency: from the instant at which a typed turn begins to the first speech that answers it.

Definition `turn_latency/2`.
"""

from __future__ import annotations

import numpy as np

from josie_bench.metrics import OF_TURNS, Metric, closed_loop_scores
from josie_bench.statistics.percentiles import percentile_scores
from josie_bench.statistics.series import as_ms
from josie_bench.terms.recording import Bools, Ints, Recording
from josie_bench.terms.score import Score, missing

PERCENTS = (50.0, 95.0, 99.0)
STATISTICS = {
    "p50": "half of the turns were answered within this time",
    "p95": "95 % of the turns were answered within this time",
    "p99": "99 % of the turns were answered within this time",
}


def _compute(recording: Recording) -> dict[str, Score]:
    if not recording.is_open_loop:
        return closed_loop_scores(STATISTICS)
    if recording.turn_ns is None:
        return dict.fromkeys(STATISTICS, missing("not_measured", "no turn had an instant of its own"))
    if not recording.audio_samples.any():
        return dict.fromkeys(STATISTICS, missing("silent", "the model did not speak"))
    turns = np.flatnonzero((recording.turn_ns > 0) & recording.measured())
    answers = _answering_rows(recording)[turns]
    is_answered = (answers >= 0) & _is_heard(recording)[turns]
    waits_ns = np.where(is_answered, recording.finished_ns[answers] - recording.turn_ns[turns], np.inf)
    waits, runs, sessions = as_ms(waits_ns), recording.runs(turns), recording.sessions_of(turns)
    return percentile_scores(waits + recording.delay_ms, PERCENTS, runs=runs, sessions=sessions)


def _is_heard(recording: Recording) -> Bools:
    """Return `[windows]` whether what was typed with each came to the model."""
    if recording.dropped is None:
        return recording.is_answered
    is_lost: Bools = np.array(["text" in names.split("+") for names in recording.dropped.tolist()], dtype=np.bool_)
    return recording.is_answered & ~is_lost


def _answering_rows(recording: Recording) -> Ints:
    """Return `[windows]` which row is the first with speech from each on, before the next turn; -1 where none is."""
    assert recording.turn_ns is not None
    order, talks = recording.by_conversation_order(), recording.conversation_of_each()
    found = np.full(len(order), -1, dtype=np.int64)
    answer, talk = -1, -1
    for row in order[::-1].tolist():
        if talks[row] != talk:
            answer, talk = -1, talks[row]
        if recording.is_answered[row] and recording.audio_samples[row] > 0:
            answer = row
        found[row] = answer
        if recording.turn_ns[row] > 0:
            answer = -1
    return found


METRIC = Metric(
    title="Turn latency",
    unit="ms",
    direction="lower",
    definition="turn_latency/2",
    origin="scheduled begin of a typed turn → the first speech of its answer is heard",
    description=(
        "e_j + L − t: t is the instant at which the turn was typed, which the schedule has drawn (`turns`), j the "
        "first window from there on in which the model speaks, and L what the codec's decoder is late. So the rest of "
        "the hop in which it was typed is in it, half a hop on average, and all waiting behind turns of others, "
        "however late the system is (no coordinated omission). A turn that got no speech before the next one of its "
        "session began, or before the trial ended, counts as infinitely late, and so does one that was never heard: "
        "its window was dropped or lost, or its text on the way, and what is said next is no answer to it (definition "
        "1 took it for one). A percentile that would be infinite is n/a (`censored`). A closed loop has no schedule "
        "and gives n/a."
    ),
    statistics=STATISTICS,
    compute=_compute,
    of=OF_TURNS,
)
