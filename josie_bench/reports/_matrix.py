"""A matrix in words: a legend of machines, a row for each number, and the files matrix.json and matrix.md."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pydantic import TypeAdapter

from josie_bench.reports._document import to_text
from josie_bench.reports._words import ABSENT, number, with_interval
from josie_bench.terms.matrix import Matrix, MatrixCell
from josie_bench.writing import write_whole

ADAPTER = TypeAdapter(Matrix)
LEGEND_HEADS = ("column", "run", "host", "machine")
WORDS = (
    "× is the number relative to that of column A. There is no verdict: the machines were measured apart from each "
    "other. A number without × may not be compared with that of A; below is why."
)


def heads(matrix: Matrix) -> list[str]:
    """Return the heads of the table."""
    return ["case", "metric", "better", *(column.name for column in matrix.columns)]


def legend(matrix: Matrix) -> list[tuple[str, ...]]:
    """Return a row for each column: which machine of which run it is."""
    return [(column.name, column.run, column.host or ABSENT, column.machine) for column in matrix.columns]


def rows(matrix: Matrix) -> list[list[str]]:
    """Return a row for each number of a case."""
    return [
        [row.case, f"{row.metric} {row.unit}", row.direction, *(_cell_words(cell) for cell in row.cells)]
        for row in matrix.rows
    ]


def reasons(matrix: Matrix) -> list[str]:
    """Return a line for each reason why a number is missing or stands alone, with the columns that it holds in."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for row in matrix.rows:
        for cell in row.cells:
            if cell.reason is not None:
                found.setdefault((row.case, row.metric, cell.reason), []).append(cell.column)
    return [f"{case}: {metric} in {', '.join(names)}: {reason}" for (case, metric, reason), names in found.items()]


def write_matrix(matrix: Matrix, folder: Path) -> list[Path]:
    """Write `matrix.json` and `matrix.md` into the folder and return their paths.

    Raises:
        OutputError: one cannot be written.
    """
    texts = {"matrix.json": to_text(ADAPTER, matrix), "matrix.md": to_markdown(matrix)}
    return [write_whole(folder / name, text.encode()) for name, text in texts.items()]


def to_markdown(matrix: Matrix) -> str:
    """Return the text of `matrix.md`."""
    parts = [_table(heads(matrix), rows(matrix)), WORDS, _table(LEGEND_HEADS, legend(matrix))]
    parts += ["\n".join(f"- {_plain(reason)}" for reason in reasons(matrix))]
    return "\n\n".join(part for part in parts if part) + "\n"


def _cell_words(cell: MatrixCell) -> str:
    if cell.value is None:
        return cell.status if cell.status not in (None, "OK") else ABSENT
    words = with_interval(cell.value, cell.ci)
    return words if cell.relative is None else f"{words} ×{number(cell.relative)}"


def _table(names: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    told = [names, ["---"] * len(names), *([_plain(cell) for cell in line] for line in lines)]
    return "\n".join(f"| {' | '.join(line)} |" for line in told)


def _plain(text: str) -> str:
    """Return `text` as one line that neither ends a table cell nor starts a tag."""
    return " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;").replace("|", "\\|")
