"""Cold start: from a process that is not there to its first answer. Definition `cold_start/1`."""

from __future__ import annotations

from josie_bench.metrics import Metric
from josie_bench.terms.recording import ENGINES, FIRST_ANSWER, LIBRARIES, PROCESS, Recording
from josie_bench.terms.score import Score, missing
from josie_bench.terms.timebase import ms_from_ns

PARTS = {"process": PROCESS, "libraries": LIBRARIES, "engines": ENGINES, "first_answer": FIRST_ANSWER}
STATISTICS = {
    "process": "the process was asked for → its first line of work; Python and what it imports; no interval",
    "libraries": "importing what the backends compute with; no interval",
    "engines": "finding the engines, holding them against their digests, loading them; no interval",
    "first_answer": "compute time of the very first window; no interval",
    "total": "the sum of the four; no interval",
}


def _compute(recording: Recording) -> dict[str, Score]:
    took_ns = {phase.name: phase.end_ns - phase.start_ns for phase in recording.phases}
    if any(name not in took_ns for name in PARTS.values()):
        return dict.fromkeys(
            STATISTICS, missing("not_measured", "the trial's start was not watched to its first answer")
        )
    found = {statistic: took_ns[name] for statistic, name in PARTS.items()}
    found["total"] = sum(found.values())
    return {statistic: Score(value=ms_from_ns(ns), n=1) for statistic, ns in found.items()}


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
        "system's page cache where they were read before: a machine that was just switched on takes longer. One trial "
        "starts once, so there is one sample and no interval."
    ),
    statistics=STATISTICS,
    compute=_compute,
)
