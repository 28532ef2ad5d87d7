"""`csv`: one row per case and statistic, the table that a run's folder holds as scores.csv."""

from __future__ import annotations

from josie_bench.reports import RunData
from josie_bench.reports.csv import text

SUMMARY = "one row per case and statistic, for spreadsheets"
TELLS_STATUS = True


def files(data: RunData) -> dict[str, bytes]:
    """Return the table."""
    return {f"{data.result.run.id}.csv": text(data).encode()}
