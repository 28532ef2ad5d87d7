"""Read a suite file and all it extends; every complaint is one line that names file, line and mend."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from josie_bench.errors import SuiteError, UsageError
from josie_bench.plugins import unknown_name
from josie_bench.suites.document import complaint, line_of, plain, read_document, refuse_unknown
from josie_bench.suites.schema import CaseKeys, SuiteKeys, parse_case_budget
from josie_bench.suites.settings import Placed, RawCase, apply_overrides, placed_settings, setting_names
from josie_bench.terms.budget import Budget

CASE_EXTRAS = ("name", "matrix", "budgets")
CASE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _.,=/+-]*")
MOST_CASES = 1000
MATRIX_KEYS = ("grid", "zip", "include", "exclude")


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """A suite file, read; `sha256` is of its text, of all it extends and of the overrides."""

    name: str
    description: str
    path: Path
    sha256: str
    cases: tuple[RawCase, ...]


def suite_folder() -> Path:
    """Return the folder of the suites that come with josie-bench: package data, or the checkout's own."""
    bundled = Path(__file__).parent / "bundled"
    return bundled if bundled.is_dir() else Path(__file__).parents[2] / "suites"


def bundled_suites() -> list[Path]:
    """Return the files of the suites that come with josie-bench."""
    return sorted(suite_folder().glob("*.yaml"))


def find_suite(name_or_path: str) -> Path:
    """Return the file of a suite given by path or by the name of a bundled one.

    Raises:
        UsageError: there is no such file or name.
    """
    path = Path(name_or_path)
    if path.exists() or path.suffix in (".yaml", ".yml") or len(path.parts) > 1:
        return path
    known = {file.stem: file for file in bundled_suites()}
    if name_or_path not in known:
        raise UsageError(unknown_name("suite", name_or_path, known))
    return known[name_or_path]


def load_suite(path: Path, overrides: Sequence[str] = ()) -> Suite:
    """Return the suite in `path` with the `KEY=VALUE` overrides of the command line.

    Raises:
        SuiteError: the file cannot be read or says something it may not.
        UsageError: an override cannot be read.
    """
    source = _gather(path, ())
    cases = tuple(_raw_case(entry, file, source.defaults) for entry, file in source.entries)
    if not cases:
        raise SuiteError("no cases: write at least one under cases:", path=path, line=1)
    cases = apply_overrides(cases, overrides)
    digest = hashlib.sha256("\0".join([*source.texts, *overrides]).encode()).hexdigest()
    return Suite(name=source.name, description=source.description, path=path, sha256=digest, cases=cases)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """A suite with all it extends, still as written: defaults with their places, case entries with their files."""

    name: str
    description: str
    defaults: dict[str, Placed]
    entries: list[tuple[CommentedMap, Path]]
    texts: list[str]


def _gather(path: Path, seen: tuple[Path, ...]) -> _Source:
    document, text = read_document(path)
    refuse_unknown(document, SuiteKeys.model_fields, path, "key", {"schema": "schema_name"})
    _check_shapes(document, path)
    plain = {key: value for key, value in document.items() if key not in ("defaults", "cases")}
    try:
        header = SuiteKeys.model_validate(plain)
    except ValidationError as error:
        raise complaint(error, {key: line_of(document, key) for key in document}, path) from error
    above = _Source(name="", description="", defaults={}, entries=[], texts=[])
    if header.extends is not None:
        above = _gather(_extended(header.extends, document, path, seen), (*seen, path.resolve()))
    own = document.get("defaults") or CommentedMap()
    refuse_unknown(own, CaseKeys.model_fields, path, "setting")
    return _Source(
        name=header.name,
        description=header.description,
        defaults=above.defaults | placed_settings(own, path),
        entries=[(entry, path) for entry in document.get("cases") or []] or above.entries,
        texts=[*above.texts, text],
    )


def _check_shapes(document: CommentedMap, path: Path) -> None:
    if document.get("defaults") is not None and not isinstance(document["defaults"], CommentedMap):
        raise SuiteError("defaults must be a mapping of settings", path=path, line=line_of(document, "defaults"))
    entries = document.get("cases")
    if entries is None:
        return
    if not isinstance(entries, CommentedSeq):
        line = line_of(document, "cases")
        raise SuiteError("cases must be a list whose entries begin with - name:", path=path, line=line)
    for index, entry in enumerate(entries):
        if not isinstance(entry, CommentedMap):
            line = entries.lc.item(index)[0] + 1
            raise SuiteError("a case must be a mapping that begins with name:", path=path, line=line)


def _extended(name: str, document: CommentedMap, path: Path, seen: tuple[Path, ...]) -> Path:
    """Return the file of the suite that is extended."""
    line = line_of(document, "extends")
    beside = path.parent / name
    try:
        file = beside if beside.is_file() else find_suite(name)
    except UsageError as error:
        raise SuiteError(f"extends: {error}", path=path, line=line) from error
    if not file.is_file():
        raise SuiteError(f"extends {name}: there is no such file: mend the path", path=path, line=line)
    if file.resolve() in (*seen, path.resolve()):
        raise SuiteError(f"extends {name} goes round in a circle: remove one of them", path=path, line=line)
    return file


def _raw_case(entry: CommentedMap, path: Path, defaults: Mapping[str, Placed]) -> RawCase:
    line = entry.lc.line + 1
    refuse_unknown(entry, [*CaseKeys.model_fields, *CASE_EXTRAS], path, "setting")
    name = entry.get("name")
    if not isinstance(name, str) or not CASE_NAME.fullmatch(name) or ".." in name:
        what = f"{name!r} is no case name: write letters, digits, - and _" if name else "a case needs a name: add name:"
        raise SuiteError(what, path=path, line=line)
    return RawCase(
        name=name,
        line=line,
        path=path,
        settings=dict(defaults) | placed_settings(entry, path, skip=CASE_EXTRAS),
        matrix=_matrix(entry, path),
        budgets=_budgets(entry, path),
    )


def _matrix(entry: CommentedMap, path: Path) -> dict[str, Any]:
    matrix = entry.get("matrix")
    if "matrix" not in entry:
        return {}
    line = line_of(entry, "matrix")
    if not isinstance(matrix, CommentedMap) or not matrix:
        raise SuiteError(f"the matrix is empty: give it one of {', '.join(MATRIX_KEYS)}", path=path, line=line)
    refuse_unknown(matrix, MATRIX_KEYS, path, "matrix key")
    for part, rows in matrix.items():
        place = line_of(matrix, part)
        if part in ("grid", "zip"):
            _check_columns(part, rows, path, place)
        else:
            _check_rows(part, rows, path, place)
    _refuse_flood(matrix, path, line)
    return {key: plain(value) for key, value in matrix.items()}


def _refuse_flood(matrix: CommentedMap, path: Path, line: int) -> None:
    """Refuse a matrix of too many cases before any of them is made."""
    grid = math.prod(len(values) for values in (matrix.get("grid") or {}).values())
    zipped = max((len(values) for values in (matrix.get("zip") or {}).values()), default=1)
    count = grid * zipped + len(matrix.get("include") or [])
    if count > MOST_CASES:
        raise SuiteError(f"the matrix has {count} combinations: at most {MOST_CASES} are run", path=path, line=line)


def _check_columns(part: str, columns: object, path: Path, line: int) -> None:
    """Refuse a `grid` or `zip` that is no mapping of settings to non-empty lists."""
    if not isinstance(columns, CommentedMap) or not columns:
        raise SuiteError(f"{part} must map settings to lists: write window: [200 ms, 300 ms]", path=path, line=line)
    for key, values in columns.items():
        place = line_of(columns, key)
        _refuse_unknown_setting(key, path, place)
        if not isinstance(values, CommentedSeq) or not values:
            raise SuiteError(f"{part} {key} has no values: write a list such as [a, b]", path=path, line=place)
    lengths = {key: len(values) for key, values in columns.items()}
    if part == "zip" and len(set(lengths.values())) > 1:
        said = ", ".join(f"{key} has {length}" for key, length in lengths.items())
        raise SuiteError(f"zip needs lists of one length: {said}", path=path, line=line)


def _check_rows(part: str, rows: object, path: Path, line: int) -> None:
    """Refuse an `include` or `exclude` that is no list of mappings of settings."""
    if not isinstance(rows, CommentedSeq) or not all(isinstance(row, CommentedMap) for row in rows):
        raise SuiteError(f"{part} must be a list of settings: write - window: 200 ms", path=path, line=line)
    for row in rows:
        for key in row:
            _refuse_unknown_setting(key, path, line_of(row, key))


def _refuse_unknown_setting(key: str, path: Path, line: int) -> None:
    known = setting_names()
    if key not in known:
        raise SuiteError(unknown_name("setting", str(key), known), path=path, line=line)


def _budgets(entry: CommentedMap, path: Path) -> tuple[Budget, ...]:
    found = []
    listed = entry.get("budgets") or []
    if not isinstance(listed, list):
        raise SuiteError("budgets must be a list of - assert: …", path=path, line=line_of(entry, "budgets"))
    for index, item in enumerate(listed):
        line = listed.lc.item(index)[0] + 1 if isinstance(listed, CommentedSeq) else line_of(entry, "budgets")
        try:
            found.append(parse_case_budget(plain(item)))
        except ValidationError as error:
            lines = {key: line_of(item, key) for key in item} if isinstance(item, CommentedMap) else {}
            raise complaint(error, lines | {"": line}, path) from error
        except ValueError as error:
            raise SuiteError(str(error), path=path, line=line) from error
    return tuple(found)
