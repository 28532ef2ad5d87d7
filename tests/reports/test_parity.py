"""Comparisons on disk and in words."""

from __future__ import annotations

import dataclasses

import numpy as np
import pyarrow.parquet as pq
import pytest

from josie_bench.errors import UsageError
from josie_bench.reports import RunData, read_run, write_run
from josie_bench.reports import parity as member
from josie_bench.reports._case_tables import REFERENCE, REFERENCE_ERRORS, split
from josie_bench.reports._page import case_table, overview
from josie_bench.reports.markdown import to_markdown
from josie_bench.terms.parity import Parity
from josie_bench.terms.result import MetricScore

ROWS = Parity(
    window=np.array([0, 0]),
    component=np.array(["step", "audio_decoder"]),
    measure=np.array(["text_equal", "error"]),
    value=np.array([6.0, 1e-6]),
)


def with_comparison(run_data: RunData) -> RunData:
    """Return the sample run with a case that compared."""
    first = run_data.result.cases[0]
    score = next(iter(first.metrics.values()))
    metrics: dict[str, MetricScore] = {
        key: dataclasses.replace(score, value=0.5, ci=None)
        for key in (REFERENCE.columns | REFERENCE_ERRORS.columns).values()
    }
    case = dataclasses.replace(first, id="parity/onnxruntime-fp32/w300", metrics=metrics, budgets=[], waterfall=[])
    result = dataclasses.replace(run_data.result, cases=[*run_data.result.cases, case])
    return RunData(result=result, recordings=run_data.recordings, parities={case.id: ROWS})


def test_rows_come_back_as_they_were(run_data, tmp_path):
    write_run(with_comparison(run_data), tmp_path)
    again = read_run(tmp_path).parities
    assert list(again) == ["parity/onnxruntime-fp32/w300"]
    rows = again["parity/onnxruntime-fp32/w300"]
    assert rows.component.tolist() == ROWS.component.tolist()
    assert rows.value.tolist() == ROWS.value.tolist()


def test_without_a_comparison_the_table_has_columns_and_no_rows(run_data, tmp_path):
    (path,) = member.write(run_data, tmp_path)
    table = pq.read_table(path)
    assert table.num_rows == 0
    assert table.column_names == ["case", "window", "component", "measure", "value"]
    assert member.read(tmp_path / "nowhere") == {}


def test_a_case_that_compared_stands_in_a_table_of_its_own(run_data):
    data = with_comparison(run_data)
    timed, compared = split(data.result.cases)
    assert [case.id for case in compared] == ["parity/onnxruntime-fp32/w300"]
    assert len(overview(data).rows) == len(timed) == len(run_data.result.cases)
    for table in (REFERENCE, REFERENCE_ERRORS):
        (row,) = case_table(table, data.result.cases).rows
        assert [cell.text.split(" ")[0] for cell in row[2:]] == ["0.500"] * len(table.columns)
    text = to_markdown(data)
    assert "### Against the eager FP32 reference" in text
    assert "### How far from the reference" not in text  # a pull request has little room
    assert "Against the eager" not in to_markdown(run_data)


@pytest.mark.parametrize("content", [b"", b"PAR1 no table PAR1", None])
def test_a_broken_table_is_told_in_one_line(run_data, tmp_path, content):
    [file] = member.write(with_comparison(run_data), tmp_path)
    if content is None:
        pq.write_table(pq.read_table(file).drop_columns("measure"), file)
    else:
        file.write_bytes(content)
    with pytest.raises(UsageError, match=r"parity\.parquet is broken: it is no parquet file that josie-bench wrote"):
        member.read(tmp_path)
