"""A matrix is plain data: it goes into JSON and comes back as it was."""

from __future__ import annotations

from pydantic import TypeAdapter

from josie_bench.terms.matrix import MATRIX_SCHEMA, MATRIX_VERSION, Matrix, MatrixCell, MatrixColumn, MatrixRow


def test_a_matrix_comes_back_from_json_as_it_was():
    cells = [
        MatrixCell(column="A", status="OK", value=1.5, relative=1.0),
        MatrixCell(column="B", reason="not run there"),
    ]
    matrix = Matrix(
        schema=MATRIX_SCHEMA,
        schema_version=MATRIX_VERSION,
        columns=[MatrixColumn(name="A", run="r", host=None, machine="m")],
        rows=[MatrixRow(case="c", metric="m.p50", unit="ms", direction="lower", cells=cells)],
    )
    adapter = TypeAdapter(Matrix)
    assert adapter.validate_json(adapter.dump_json(matrix), strict=True) == matrix
