"""scores.csv: every statistic of every case, and no case lost."""

import csv
import math
import re
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

from josie_bench.reports import RunData
from josie_bench.reports.csv import COLUMNS, write


@pytest.fixture
def rows(run_data: RunData, tmp_path: Path) -> list[dict[str, str]]:
    [path] = write(run_data, tmp_path)
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_there_is_a_row_for_every_statistic_and_one_for_a_case_without(
    rows: list[dict[str, str]], run_data: RunData
) -> None:
    assert len(rows) == sum(max(1, len(case.metrics)) for case in run_data.result.cases)
    assert tuple(rows[0]) == COLUMNS


def test_a_score_keeps_its_interval_and_its_counts(
    rows: list[dict[str, str]], run_data: RunData, sample: ModuleType
) -> None:
    [row] = [row for row in rows if row["case"] == sample.OK and row["metric"] == "deadline_miss_ratio.budget"]
    assert (row["value"], row["n"], row["k"], row["status"]) == ("0.005", "400", "2", "OK")
    interval = run_data.result.cases[0].metrics["deadline_miss_ratio.budget"].ci
    assert interval is not None
    assert (float(row["ci_low"]), float(row["ci_high"])) == (interval.low, interval.high)
    assert row["na_reason"] == ""


def test_a_missing_number_is_empty_and_says_why(rows: list[dict[str, str]], sample: ModuleType) -> None:
    [row] = [row for row in rows if row["case"] == sample.BROKEN and row["metric"] == "response_latency.p99"]
    assert row["value"] == row["ci_low"] == row["ci_high"] == ""
    assert (row["na_reason"], row["n"], row["clusters"]) == ("insufficient_samples", "200", "1")
    assert int(row["needed"]) == math.ceil(368 * 200 / float(row["n_eff"])) > 2_000  # its slow windows came in a row
    assert "," not in row["na_reason"]
    assert row["na_detail"]


def test_a_skipped_case_has_one_row_with_its_reason(rows: list[dict[str, str]], sample: ModuleType) -> None:
    [row] = [row for row in rows if row["case"] == sample.SKIPPED]
    assert row["metric"] == row["value"] == ""
    assert (row["status"], row["na_reason"]) == ("SKIPPED", "not_measured")
    assert row["na_detail"] == "TensorRT is not installed: pip install tensorrt"


def test_an_invalid_case_carries_its_status_in_every_row(rows: list[dict[str, str]], sample: ModuleType) -> None:
    assert {row["status"] for row in rows if row["case"] == sample.INVALID} == {"INVALID_HARNESS"}


def test_the_sheet_opens_in_pandas_with_numbers(run_data: RunData, tmp_path: Path) -> None:
    table = pd.read_csv(write(run_data, tmp_path)[0])
    assert table["value"].dtype == "float64"
    assert table["ci_high"].dtype == "float64"


def test_the_page_names_every_column() -> None:
    page = Path(__file__).parents[2] / "docs" / "reports.md"
    rows = page.read_text(encoding="utf-8").partition("## scores.csv")[2].partition("\n## ")[0].splitlines()
    named = [name for row in rows if row.startswith("| `") for name in re.findall(r"`(\w+)`", row.split("|")[1])]
    assert sorted(named) == sorted(COLUMNS)
