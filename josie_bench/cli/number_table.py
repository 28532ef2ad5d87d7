"""Numbers of cases on a terminal: a table where one fits, else a block of lines for each case."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rich.console import Console
from rich.table import Table
from rich.text import Text

STRUCK = "strike"  # of what is not to be trusted
FRAME = 3  # columns that a border and the blanks beside it take


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A number and what it rests on, which stands below it in a table and beside it in a block."""

    text: str
    note: str = ""
    style: str = ""


def print_numbers(console: Console, title: str, heads: Sequence[str], rows: Sequence[Sequence[Cell]]) -> None:
    """Print `rows`, each beginning with its case, so that no id and no number is cut in two.

    A table that is wider than the console would break words wherever its columns end: then each case is a block of
    lines, which reads at any width. Where nothing can be struck out, as in a file, `~~` stands around what is.
    """
    if console.color_system is None:
        rows = [[_marked(cell) for cell in row] for row in rows]
    least = [_least(head, column) for head, *column in zip(heads, *rows, strict=True)]
    spare = console.width - 1 - sum(width + FRAME for width in least)
    if spare >= 0:
        console.print(_table(title, heads, rows, _widened(least, _wished(heads, rows), spare)))
        return
    console.print(title, style="italic", markup=False, highlight=False)
    for line in _blocks(heads, rows):
        console.print(line, soft_wrap=True)


def _marked(cell: Cell) -> Cell:
    return replace(cell, text=f"~~{cell.text}~~") if cell.style == STRUCK and cell.text else cell


def _least(head: str, column: Sequence[Cell]) -> int:
    """Return how wide a column must be: heads and notes break between words, numbers nowhere."""
    words = (word for text in (head, *(cell.note for cell in column)) for word in text.split())
    return max(len(text) for text in (*words, *(cell.text for cell in column)))


def _wished(heads: Sequence[str], rows: Sequence[Sequence[Cell]]) -> list[int]:
    """Return how wide each column would be if nothing had to break."""
    columns = zip(heads, *rows, strict=True)
    return [max(len(head), *(max(len(cell.text), len(cell.note)) for cell in column)) for head, *column in columns]


def _widened(least: Sequence[int], wished: Sequence[int], spare: int) -> list[int]:
    """Return the widths widened by what is spare, first those that wish for little."""
    widths = list(least)
    for index in sorted(range(len(widths)), key=lambda index: wished[index] - least[index]):
        grown = min(wished[index] - least[index], spare)
        widths[index] += grown
        spare -= grown
    return widths


def _table(title: str, heads: Sequence[str], rows: Sequence[Sequence[Cell]], widths: Sequence[int]) -> Table:
    table = Table(title=Text(title, style="italic"), title_justify="left")
    for head, width in zip(heads, widths, strict=True):
        table.add_column(Text(head), width=width)
    for row in rows:
        table.add_row(*(_text(cell, between="\n") for cell in row))
    return table


def _blocks(heads: Sequence[str], rows: Sequence[Sequence[Cell]]) -> Iterator[Text]:
    numbers = heads[heads.index("status") + 1 :] if "status" in heads else heads[1:]
    margin = max(len(head) for head in numbers)
    for row in rows:
        named = len(row) - len(numbers)
        yield Text("  ").join(_text(cell, between="  ") for cell in row[:named])
        width = max((len(cell.text) for cell in row[named:] if cell.note), default=0)
        told = [(head, cell) for head, cell in zip(numbers, row[named:], strict=True) if cell.text]
        for head, cell in told:
            yield Text.assemble(f"  {head:<{margin}}  ", _text(cell, between=" " * (width - len(cell.text) + 2)))


def _text(cell: Cell, *, between: str) -> Text:
    return Text.assemble((cell.text, cell.style), (between + cell.note, "dim") if cell.note else "")
