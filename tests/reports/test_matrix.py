"""A matrix in words."""

from __future__ import annotations

from josie_bench.reports._matrix import heads, legend, reasons, rows, to_markdown, write_matrix
from josie_bench.terms.matrix import MATRIX_SCHEMA, MATRIX_VERSION, Matrix, MatrixCell, MatrixColumn, MatrixRow
from josie_bench.terms.score import Interval

CI = Interval(level=0.95, low=90.0, high=110.0, method="order-stat")
MATRIX = Matrix(
    schema=MATRIX_SCHEMA,
    schema_version=MATRIX_VERSION,
    columns=[
        MatrixColumn(name="A", run="run1", host=None, machine="GPU one"),
        MatrixColumn(name="B", run="run2", host="host1", machine="<b>GPU | two</b>"),
    ],
    rows=[
        MatrixRow(
            case="realtime",
            metric="response_latency.p50",
            unit="ms",
            direction="lower",
            cells=[
                MatrixCell(column="A", status="OK", value=100.0, ci=CI, relative=1.0),
                MatrixCell(column="B", status="OK", value=150.0, reason="INCOMPARABLE(window)"),
            ],
        ),
        MatrixRow(
            case="capacity",
            metric="response_latency.p50",
            unit="ms",
            direction="lower",
            cells=[
                MatrixCell(column="A", status="OOM", reason="OOM: no memory"),
                MatrixCell(column="B", reason="not run there"),
            ],
        ),
    ],
)


def test_numbers_have_their_interval_and_those_that_may_be_compared_their_factor():
    assert heads(MATRIX) == ["case", "metric", "better", "A", "B"]
    assert rows(MATRIX) == [
        ["realtime", "response_latency.p50 ms", "lower", "100 [90, 110] ×1.00", "150"],
        ["capacity", "response_latency.p50 ms", "lower", "OOM", "—"],
    ]


def test_every_cell_that_lacks_something_has_its_reason_below():
    assert reasons(MATRIX) == [
        "realtime: response_latency.p50 in B: INCOMPARABLE(window)",
        "capacity: response_latency.p50 in A: OOM: no memory",
        "capacity: response_latency.p50 in B: not run there",
    ]


def test_a_column_says_which_machine_of_which_run_it_is():
    assert legend(MATRIX) == [("A", "run1", "—", "GPU one"), ("B", "run2", "host1", "<b>GPU | two</b>")]


def test_what_a_machine_is_called_neither_ends_a_cell_nor_starts_a_tag():
    text = to_markdown(MATRIX)
    assert "&lt;b>GPU \\| two&lt;/b>" in text
    assert "<b>" not in text


def test_the_files_hold_the_same(tmp_path):
    assert [path.name for path in write_matrix(MATRIX, tmp_path)] == ["matrix.json", "matrix.md"]
    assert '"schema": "josie-bench/matrix"' in (tmp_path / "matrix.json").read_text(encoding="utf-8")
