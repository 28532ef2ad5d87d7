"""Who was answered together and who was refused, in reports: a table, and the size of batches over time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from josie_bench.reports import RunData
from josie_bench.reports._cells import Row, Table, named, table_of, told
from josie_bench.reports._charts import Chart, Spec, framed, table_data
from josie_bench.reports._words import ABSENT, counted
from josie_bench.statistics.batches import batches_of
from josie_bench.terms.recording import Recording
from josie_bench.terms.result import CaseResult
from josie_bench.terms.timebase import s_from_ns

TITLE = "Sessions together"
WORDS = (
    "How many sessions' windows a step of the model answers on average: 1 where they are served one after the other. "
    "Where they are stepped together, who closes while a step runs is in the next one. Refused are sessions that came "
    "when all seats were taken; of these no window counts as missed."
)
HEADS = ("case", "windows a step", "refused")
BATCH_SIZE, REFUSED = "batch_size.mean", "refusal_ratio.of_sessions"
BINS = 60
HEIGHT = 190


def batching_rows(cases: Sequence[CaseResult]) -> list[Row]:
    """Return a row for each case of several sessions in which any were stepped together or refused."""
    return [row for case in cases if (row := _row(case)) is not None]


def batching_table(cases: Sequence[CaseResult]) -> Table:
    """Return the table; it has no rows where all were let in and served one after the other."""
    return table_of(HEADS, batching_rows(cases))


def batching_charts(data: RunData) -> list[Chart]:
    """Return how many were stepped together over time, a line for each case that has batches; none without."""
    points = [
        (case.id, seconds, size)
        for case in data.result.cases
        if (recording := data.recording_of(case)) is not None and _is_batched(case)
        for seconds, size in over_time(recording)
    ]
    if not points:
        return []
    sizes = ((case, _size(case)) for case in data.result.cases if _is_batched(case))
    words = "; ".join(f"{named(case, case.id)}: {size} windows a step" for case, size in sizes)
    encoding: Spec = {
        "x": {"field": "seconds", "type": "quantitative", "title": "seconds of the trial"},
        "y": {"field": "size", "type": "quantitative", "title": "windows a step", "scale": {"zero": True}},
        "color": {"field": "case", "type": "nominal", "title": None},
        "tooltip": [{"field": "case"}, {"field": "seconds", "format": ".1f"}, {"field": "size", "format": ".2f"}],
    }
    columns = ("case", "seconds", "size")
    chart = table_data(columns, points, numbers=columns[1:])
    return [
        Chart(
            id="batching",
            title="windows stepped together",
            description=f"Mean windows of a step over the first round. {words}",
            spec=framed(height=HEIGHT, data=chart, mark={"type": "line"}, encoding=encoding),
        )
    ]


def over_time(recording: Recording, most: int = BINS) -> Iterator[tuple[float, float]]:
    """Yield (seconds from the first step, mean size) of stretches with equally many steps of the first round."""
    steps = batches_of(recording.by_round()[0])
    for part in np.array_split(np.arange(len(steps.size)), min(most, len(steps.size)) or 1):
        if len(part):
            middle = steps.started_ns[part].mean() - steps.started_ns[0]
            yield s_from_ns(float(middle)), float(steps.size[part].mean())


def _row(case: CaseResult) -> Row | None:
    refused = case.metrics.get(REFUSED)
    is_choosy = refused is not None and bool(refused.k)
    if not _is_batched(case) and not is_choosy:
        return None
    away = ABSENT if refused is None or not refused.n else f"{refused.k or 0:,} of {counted(refused.n, 'session')}"
    return named(case, case.id), *(told(words, is_struck=case.status != "OK") for words in (_size(case), away))


def _size(case: CaseResult) -> str:
    size = case.metrics[BATCH_SIZE].value
    return ABSENT if size is None else f"{size:.2f}"


def _is_batched(case: CaseResult) -> bool:
    size = case.metrics.get(BATCH_SIZE)
    return size is not None and size.value is not None and size.value > 1.0
