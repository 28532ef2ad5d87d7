"""Tables of a page before it is drawn: cells of plain words, and what makes one look unlike another."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from josie_bench.reports._words import ABSENT
from josie_bench.terms.result import CaseResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A table's cell; `is_struck` where the number is not to be trusted, `is_missing` where there is none.

    Attributes:
        note: what the number rests on, below it.
    """

    text: str
    note: str = ""
    is_struck: bool = False
    is_missing: bool = False
    tone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table; the first column names the row."""

    heads: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


Row = tuple[str | Cell, ...]


def named(case: CaseResult, name: str) -> str:
    """Return what a case's row is called: a name, and the status beside it where that is not OK."""
    return name if case.status == "OK" else f"{name} ({case.status})"


def told(words: str, *, is_struck: bool) -> str | Cell:
    """Return the words of a number, struck out where it is not to be trusted; what says that there is none stays."""
    is_number = not words.startswith((ABSENT, "n/a"))
    return Cell(text=words, is_struck=True) if is_struck and is_number else words


def table_of(heads: tuple[str, ...], rows: Iterable[Row]) -> Table:
    cells = tuple(tuple(cell if isinstance(cell, Cell) else Cell(text=cell) for cell in row) for row in rows)
    return Table(heads=heads, rows=cells)
