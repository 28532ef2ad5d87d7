"""scores.csv: one row per case and statistic, for spreadsheets and scripts."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from josie_bench.reports import RunData
from josie_bench.terms.result import CaseResult, MetricScore
from josie_bench.writing import write_whole

FILES = ("scores.csv",)
COLUMNS = (
    "case",
    "host",
    "status",
    "metric",
    "value",
    "unit",
    "n",
    "k",
    "ci_low",
    "ci_high",
    "ci_method",
    "na_reason",
    "na_detail",
    "needed",
    "direction",
    "definition",
    "n_eff",
    "clusters",
)
Row = dict[str, object]


def write(data: RunData, folder: Path) -> list[Path]:
    """Write `scores.csv` into `folder`.

    Raises:
        OutputError: it cannot be written.
    """
    return [write_whole(folder / FILES[0], text(data).encode())]


def text(data: RunData) -> str:
    """Return the table; an absent value is an empty field."""
    lines = io.StringIO(newline="")
    sheet = csv.DictWriter(lines, COLUMNS, restval="", lineterminator="\n")
    sheet.writeheader()
    for case in data.result.cases:
        sheet.writerows(_rows(case))
    return lines.getvalue()


def _rows(case: CaseResult) -> Iterator[Row]:
    """Yield the case's rows; one that was not measured has a single row with its reason, so that it is not lost."""
    head: Row = {"case": case.id, "host": case.host, "status": case.status}
    if not case.metrics:
        yield head | {"na_reason": "not_measured", "na_detail": case.reason}
    for key, score in case.metrics.items():
        yield head | {"metric": key} | _fields(score)


def _fields(score: MetricScore) -> Row:
    own = ("value", "unit", "n", "k", "direction", "definition", "n_eff", "clusters")
    row: Row = {name: getattr(score, name) for name in own}
    if score.ci is not None:
        row |= {"ci_low": score.ci.low, "ci_high": score.ci.high, "ci_method": score.ci.method}
    if score.na is not None:
        row |= {"na_reason": score.na.reason, "na_detail": score.na.detail, "needed": score.na.needed}
    return row
