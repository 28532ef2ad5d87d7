"""Read a suite file and all it extends; every complaint is one line that names file, line and mend."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from josie_bench.errors import SuiteError, UsageError
from josie_bench.plugins import unknown_name
from josie_bench.suites.document import (
    Place,
    Placed,
    complaint,
    is_recipe,
    line_of,
    places_of,
    read_document,
    refuse_unknown,
)
from josie_bench.suites.entry import RawCase, read_case
from josie_bench.suites.overrides import apply_overrides
from josie_bench.suites.schema import CaseKeys, FleetKeys, SuiteKeys
from josie_bench.suites.settings import placed_settings
from josie_bench.terms.fleet_order import FleetOrder, parse_where


@dataclass(frozen=True, slots=True, kw_only=True)
class Suite:
    """A suite file, read; `sha256` is of its text, of all it extends and of the overrides.

    Attributes:
        fleet: the workers that its cases are shared out over; None for this process.
    """

    name: str
    description: str
    path: Path
    sha256: str
    cases: tuple[RawCase, ...]
    fleet: FleetOrder | None = None


def suite_folder() -> Path:
    """Return the folder of the suites that come with josie-bench: package data, or the checkout's own."""
    bundled = Path(__file__).parent / "bundled"
    return bundled if bundled.is_dir() else Path(__file__).parents[2] / "suites"


def bundled_suites() -> list[Path]:
    """Return the files of the suites that come with josie-bench."""
    return [file for file in _bundled_files() if not is_recipe(file)]


def bundled_recipes() -> list[Path]:
    """Return the files of the recipes of training that come with josie-bench, beside its suites."""
    return [file for file in _bundled_files() if is_recipe(file)]


def find_suite(name_or_path: str) -> Path:
    """Return the file of a suite given by path or by the name of a bundled one, whatever folder has that name too.

    Raises:
        UsageError: there is no such file or name.
    """
    return _find("suite", name_or_path, bundled_suites())


def find_recipe(name_or_path: str) -> Path:
    """Return the file of a recipe of training, found as a suite is.

    Raises:
        UsageError: there is no such file or name.
    """
    return _find("recipe", name_or_path, bundled_recipes())


def _bundled_files() -> list[Path]:
    return sorted(suite_folder().glob("*.yaml"))


def _find(kind: str, name_or_path: str, known: Sequence[Path]) -> Path:
    path = Path(name_or_path)
    bundled = {file.stem: file for file in _bundled_files()}  # of the other kind too: who reads it says what it is
    if name_or_path in bundled and not path.is_file():
        return bundled[name_or_path]
    if path.exists() or path.suffix in (".yaml", ".yml") or len(path.parts) > 1:
        return path
    raise UsageError(unknown_name(kind, name_or_path, [file.stem for file in known]))


def load_suite(path: Path, overrides: Sequence[str] = ()) -> Suite:
    """Return the suite in `path` with the `KEY=VALUE` overrides of the command line.

    Raises:
        SuiteError: the file cannot be read or says something it may not.
        UsageError: an override cannot be read.
    """
    source = _gather(path, ())
    cases = tuple(read_case(entry, file, source.defaults) for entry, file in source.entries)
    if not cases:
        raise SuiteError("no cases: write at least one under cases:", path=path, line=1)
    cases = apply_overrides(cases, overrides)
    digest = hashlib.sha256("\0".join([*source.texts, *overrides]).encode()).hexdigest()
    return Suite(
        name=source.name,
        description=source.description,
        path=path,
        sha256=digest,
        cases=cases,
        fleet=source.fleet,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """A suite with all it extends, still as written: defaults with their places, case entries with their files."""

    name: str
    description: str
    defaults: dict[str, Placed]
    entries: list[tuple[CommentedMap, Path]]
    texts: list[str]
    fleet: FleetOrder | None


def _gather(path: Path, seen: tuple[Path, ...]) -> _Source:
    document, text = read_document(path)
    refuse_unknown(document, SuiteKeys.model_fields, path, "key", {"schema": "schema_name"})
    _check_shapes(document, path)
    plain = {key: value for key, value in document.items() if key not in ("defaults", "cases")}
    try:
        header = SuiteKeys.model_validate(plain)
    except ValidationError as error:
        raise complaint(error, places_of(document, path), Place(path=path, line=1)) from error
    above = _Source(name="", description="", defaults={}, entries=[], texts=[], fleet=None)
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
        fleet=above.fleet if header.fleet is None else _fleet(header.fleet),
    )


def _fleet(keys: FleetKeys) -> FleetOrder:
    where, count = parse_where(keys.where)
    return FleetOrder(where=where, count=count, cores=keys.cores, attempts=keys.attempts)


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
            line = line_of(entries, index)
            raise SuiteError("a case must be a mapping that begins with name:", path=path, line=line)


def _extended(name: str, document: CommentedMap, path: Path, seen: tuple[Path, ...]) -> Path:
    """Return the file of the suite that is extended."""
    line = line_of(document, "extends")
    beside = path.parent / name
    try:
        file = beside if beside.is_file() else find_suite(name)
    except UsageError as error:
        raise SuiteError(f"extends: {error}", path=path, line=line) from error
    except OSError as error:
        raise SuiteError(f"extends: {error.strerror}: mend the path", path=path, line=line) from error
    if not file.is_file():
        raise SuiteError(f"extends {name}: there is no such file: mend the path", path=path, line=line)
    if file.resolve() in (*seen, path.resolve()):
        raise SuiteError(f"extends {name} goes round in a circle: remove one of them", path=path, line=line)
    return file
