"""Cold start: from a process that is not there to its first answer. Definition `cold_start/1`."""

from __future__ import annotations

import numpy as np

from josie_bench.metrics import Metric
from josie_bench.statistics.percentiles import over_rounds_score
from josie_bench.statistics.series import as_ms
from josie_bench.terms.recording import ENGINES, FIRST_ANSWER, LIBRARIES, PROCESS, Recording
from josie_bench.terms.score import Score, missing

PARTS = {"process": PROCESS, "libraries": LIBRARIES, "engines": ENGINES, "first_answer": FIRST_ANSWER}
STATISTICS = {
    "process": "the process was asked for → its first line of work; Python and what it imports",
    "libraries": "importing what the backends compute with",
    "engines": "finding the engines, holding them against their digests, loading them",
    "first_answer": "compute time of the very first window",
    "total": "the sum of the four",
}


def _compute(recording: Recording) -> dict[str, Score]:
    starts = [took for took in _starts(recording) if set(PARTS.values()) <= set(took)]
    if not starts:
        return dict.fromkeys(
            STATISTICS, missing("not_measured", "the trial's start was not watched to its first answer")
        )
    found = {statistic: np.array([took[name] for took in starts]) for statistic, name in PARTS.items()}
    found["total"] = np.sum(list(found.values()), axis=0)
    return {statistic: over_rounds_score(as_ms(ns)) for statistic, ns in found.items()}


def _starts(recording: Recording) -> list[dict[str, int]]:
    """Return how long each phase took, by name, round by round."""
    rounds: dict[int, dict[str, int]] = {}
    for phase in recording.phases:
        rounds.setdefault(phase.round, {})[phase.name] = phase.end_ns - phase.start_ns
    return list(rounds.values())


METRIC = Metric(
    title="Cold start",
    unit="ms",
    direction="lower",
    definition="cold_start/1",
    origin="the trial's process is asked for → its first answer is readable",
    description=(
        "How long somebody waits who speaks to a machine that was not running: the process, the libraries, the engines "
        "and the first window's compute time. Reading the recordings and waiting for the first window's close are the "
        "bench's own and are left out; the timeline shows them. Engines are built already, and files lie in the "
        "system's page cache where they were read before: a machine that was just switched on takes longer. A trial "
        "starts once; over several rounds their median is given, with an interval from six rounds on."
    ),
    statistics=STATISTICS,
    compute=_compute,
)
