"""A case's matrix: what varies, every value with its place, and the combinations that come of it."""

from __future__ import annotations

import math
from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

from ruamel.yaml.comments import CommentedMap, CommentedSeq

from josie_bench.plugins import unknown_name
from josie_bench.suites.document import Place, Placed, line_of, places_of, plain, refuse_unknown
from josie_bench.suites.settings import Settings, meaning, setting_names

MOST_CASES = 1000
PARTS = ("grid", "zip", "include", "exclude")

Columns = Mapping[str, Sequence[Placed]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Matrix:
    """What varies in a case.

    Attributes:
        at: where it stands; the case's own place if it has none.
        grid: setting → values, all of which meet all of the others.
        zipped: setting → values, the first of which go together, and so on.
        include: more cases, which no exclusion is held against.
        exclude: combinations that are left out, or more that have them in common.
        exclude_at: where they stand.
    """

    at: Place
    grid: Columns = field(default_factory=dict)
    zipped: Columns = field(default_factory=dict)
    include: Sequence[Settings] = ()
    exclude: Sequence[Settings] = ()
    exclude_at: Place | None = None

    def rows(self, fixed: Collection[str] = ()) -> list[Settings]:
        """Return the combinations in order, each as the settings that it gives.

        Args:
            fixed: settings that come from elsewhere. They are taken out of the combinations that the matrix makes when
                its exclusions have been held against it as it was written, and those that then are the same become
                one: each case comes of one that the suite has, and none is lost.

        Raises:
            SuiteError: everything is excluded.
        """
        rows = [*self._combined(), *self.include]
        if not rows:
            raise (self.exclude_at or self.at).error("exclude leaves no case of the matrix: exclude less")
        if not fixed:
            return rows
        kept = [{key: mark for key, mark in row.items() if key not in fixed} for row in rows]
        unique: dict[frozenset[tuple[str, Hashable]], Settings] = {}
        for row in kept:
            unique.setdefault(frozenset(_meanings(row).items()), row)
        return list(unique.values())

    def _combined(self) -> Iterator[Settings]:
        """Yield the combinations of grid and zip that no exclusion matches."""
        if self.include and not self.grid and not self.zipped:
            return
        excluded = [_meanings(row).items() for row in self.exclude]
        together = [dict(zip(self.zipped, values, strict=True)) for values in zip(*self.zipped.values(), strict=True)]
        for values in product(*self.grid.values()):
            for column in together or [{}]:
                row = dict(zip(self.grid, values, strict=True)) | column
                if not excluded or not any(_meanings(row).items() >= out for out in excluded):
                    yield row


def varying(rows: Sequence[Settings]) -> frozenset[str]:
    """Return the settings that do not mean the same in all rows."""
    meant = [_meanings(row) for row in rows]
    keys = {key for row in meant for key in row}
    return frozenset(key for key in keys if len({row.get(key, _Absent) for row in meant}) > 1)


class _Absent:
    """What a row says of a setting that it does not have."""


def _meanings(row: Settings) -> dict[str, Hashable]:
    return {key: meaning(key, mark) for key, mark in row.items()}


def read_matrix(entry: CommentedMap, path: Path) -> Matrix:
    """Return the matrix of a case's entry; one that has none is a single combination.

    Raises:
        SuiteError: it says something it may not, or makes too many cases.
    """
    if "matrix" not in entry:
        return Matrix(at=Place(path=path, line=entry.lc.line + 1))
    at = Place(path=path, line=line_of(entry, "matrix"))
    matrix = entry["matrix"]
    if not isinstance(matrix, CommentedMap) or not matrix:
        raise at.error(f"the matrix is empty: give it one of {', '.join(PARTS)}")
    refuse_unknown(matrix, PARTS, path, "matrix key")
    places = places_of(matrix, path)
    for part in ("grid", "zip"):
        if part in matrix:
            _check_columns(part, matrix[part], places[part])
    for part in ("include", "exclude"):
        if part in matrix:
            _check_rows(part, matrix[part], places[part])
    _refuse_both(matrix, path)
    _refuse_flood(matrix, at)
    return Matrix(
        at=at,
        grid=_columns(matrix.get("grid", {}), path),
        zipped=_columns(matrix.get("zip", {}), path),
        include=[_row(row, path) for row in matrix.get("include", [])],
        exclude=[_row(row, path) for row in matrix.get("exclude", [])],
        exclude_at=places.get("exclude"),
    )


def _check_columns(part: str, columns: object, at: Place) -> None:
    """Refuse a `grid` or `zip` that is no mapping of settings to non-empty lists."""
    if not isinstance(columns, CommentedMap) or not columns:
        raise at.error(f"{part} must map settings to lists: write window: [200 ms, 300 ms]")
    for key, values in columns.items():
        place = Place(path=at.path, line=line_of(columns, key))
        _refuse_unknown_setting(key, place)
        if not isinstance(values, CommentedSeq) or not values:
            raise place.error(f"{part} {key} has no values: write a list such as [a, b]")
    lengths = {key: len(values) for key, values in columns.items()}
    if part == "zip" and len(set(lengths.values())) > 1:
        said = ", ".join(f"{key} has {length}" for key, length in lengths.items())
        raise at.error(f"zip needs lists of one length: {said}")


def _check_rows(part: str, rows: object, at: Place) -> None:
    """Refuse an `include` or `exclude` that is no list of mappings of settings, or holds nothing."""
    if not isinstance(rows, CommentedSeq) or not rows or not all(isinstance(row, CommentedMap) for row in rows):
        raise at.error(f"{part} must be a list of settings: write - window: 200 ms, or remove it")
    for index, row in enumerate(rows):
        if not row:
            place = Place(path=at.path, line=line_of(rows, index))
            raise place.error(f"{part} has a row without settings: write one such as window: 200 ms, or remove it")
        for key in row:
            _refuse_unknown_setting(key, Place(path=at.path, line=line_of(row, key)))


def _refuse_unknown_setting(key: str, at: Place) -> None:
    known = setting_names()
    if key not in known:
        raise at.error(unknown_name("setting", str(key), known))


def _refuse_both(matrix: CommentedMap, path: Path) -> None:
    """Refuse a setting that would get its value twice."""
    zipped = matrix.get("zip", {})
    for key in zipped:
        if key in matrix.get("grid", {}):
            at = Place(path=path, line=line_of(zipped, key))
            raise at.error(f"{key} is in grid and in zip: leave it in one of them")


def _refuse_flood(matrix: CommentedMap, at: Place) -> None:
    """Refuse a matrix of too many cases before any of them is made."""
    grid = math.prod(len(values) for values in matrix.get("grid", {}).values())
    zipped = max((len(values) for values in matrix.get("zip", {}).values()), default=1)
    count = grid * zipped + len(matrix.get("include", []))
    if count > MOST_CASES:
        raise at.error(f"the matrix has {count} combinations: at most {MOST_CASES} are run, make it smaller")


def _columns(columns: Mapping[str, CommentedSeq], path: Path) -> dict[str, list[Placed]]:
    return {
        key: [_read(key, value, Place(path=path, line=line_of(values, index))) for index, value in enumerate(values)]
        for key, values in columns.items()
    }


def _row(row: CommentedMap, path: Path) -> dict[str, Placed]:
    return {key: _read(key, value, Place(path=path, line=line_of(row, key))) for key, value in row.items()}


def _read(key: str, value: Any, at: Place) -> Placed:
    """Return a value with its place, after looking whether its setting can have it."""
    mark = Placed(value=plain(value), at=at)
    meaning(key, mark)
    return mark
