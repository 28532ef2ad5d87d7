"""Tables of a page before it is drawn: cells of plain words, and what makes one look unlike another."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


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


def table_of(heads: tuple[str, ...], rows: Iterable[tuple[str | Cell, ...]]) -> Table:
    cells = tuple(tuple(cell if isinstance(cell, Cell) else Cell(text=cell) for cell in row) for row in rows)
    return Table(heads=heads, rows=cells)
