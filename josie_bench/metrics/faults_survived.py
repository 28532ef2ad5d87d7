"""Faults survived: how many of the injected ones the conversation survived. Definition `faults_survived/1`."""

from __future__ import annotations

from josie_bench.metrics import OF_FAULTS, Metric
from josie_bench.statistics.faults import courses
from josie_bench.statistics.proportion import count_score
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score, missing

STATISTICS = {"of_faults": "share of the faults that came after which all was well again"}


def _compute(recording: Recording) -> dict[str, Score]:
    found = courses(recording)
    if not found:
        return dict.fromkeys(STATISTICS, missing("not_measured", "no fault was injected"))
    return {"of_faults": count_score(sum(course.has_survived for course in found), len(found))}


METRIC = Metric(
    title="Faults survived",
    unit="ratio",
    direction="higher",
    definition="faults_survived/1",
    origin="faults that were injected",
    description=(
        "A fault is survived where the conversation went on: from a window behind it until the next fault, or the end, "
        "all were answered within the deadline (as in `fault_recovery`), and no answer since it began holds what is no "
        "sound or no token (as in `output_validity`). Windows that were lost meanwhile do not count against it. The "
        "faults of all rounds together; the interval is Clopper-Pearson at 95 %, as if they were independent. What a "
        "case expects of each fault is a gate of its own."
    ),
    statistics=STATISTICS,
    compute=_compute,
    of=OF_FAULTS,
)
