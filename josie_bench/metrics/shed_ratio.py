"""Shed ratio: the share of windows dropped because they were late before their turn. Definition `shed_ratio/1`."""

from __future__ import annotations

from josie_bench.metrics import OF_SESSIONS, Metric
from josie_bench.statistics.proportion import ratio_score
from josie_bench.terms.recording import Recording
from josie_bench.terms.score import Score, missing

STATISTICS = {"of_windows": "share of the measured windows that were dropped"}


def _compute(recording: Recording) -> dict[str, Score]:
    if recording.is_shed is None:
        return dict.fromkeys(STATISTICS, missing("not_measured", "nobody noted whether windows were dropped"))
    rows = recording.measured()
    return {
        "of_windows": ratio_score(
            recording.is_shed[rows], runs=recording.runs(rows), sessions=recording.sessions_of(rows)
        )
    }


METRIC = Metric(
    title="Shed ratio",
    unit="ratio",
    direction="lower",
    definition="shed_ratio/1",
    origin="scheduled window close → its turn",
    description=(
        "The share of measured windows whose deadline was over when their turn came, and which were dropped for it. "
        "Each counts as missed in `deadline_miss_ratio`, and its session goes on without having heard it. It is 0 "
        "where `shedding` is `never`."
    ),
    statistics=STATISTICS,
    compute=_compute,
    of=OF_SESSIONS,
)
