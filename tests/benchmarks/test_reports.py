"""What the reports of a run cost to be drawn."""

from __future__ import annotations

import pytest

from josie_bench.reports import report_names, write_run
from josie_bench.reports.result import from_json, to_json


@pytest.mark.benchmark(group="reports")
@pytest.mark.parametrize("name", report_names())
def test_a_report_is_drawn(benchmark, name, run_data, tmp_path):
    assert benchmark(write_run, run_data, tmp_path, [name])


@pytest.mark.benchmark(group="reports")
def test_a_result_is_read(benchmark, run_data, tmp_path):
    text = to_json(run_data.result)
    assert benchmark(from_json, text, tmp_path) == run_data.result
