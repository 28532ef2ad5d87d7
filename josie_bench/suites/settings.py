"""Settings of a case with the place each was written at, and the command line's overrides of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from josie_bench.errors import UsageError
from josie_bench.plugins import unknown_name
from josie_bench.suites.document import line_of, plain
from josie_bench.suites.schema import CaseKeys, StreamKeys, WarmUpKeys, guest_streams
from josie_bench.terms.budget import Budget

NESTED: dict[str, type[BaseModel]] = {"warm_up": WarmUpKeys, "stream": StreamKeys}


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A value and where it was written."""

    value: Any
    path: Path
    line: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RawCase:
    """A case as written, its matrix not yet expanded.

    Attributes:
        settings: setting → value with its place; those of `warm_up` and `stream` under dotted names.
    """

    name: str
    line: int
    path: Path
    settings: dict[str, Placed]
    matrix: dict[str, Any]
    budgets: tuple[Budget, ...]


def setting_names() -> tuple[str, ...]:
    """Return the names of all settings, dotted for nested ones."""
    flat = [name for name in CaseKeys.model_fields if name not in NESTED]
    nested = [f"{outer}.{inner}" for outer, keys in NESTED.items() for inner in keys.model_fields]
    return (*flat, *nested, *(f"stream.{name}" for name in guest_streams()))


def placed_settings(mapping: Mapping[str, Any], path: Path, *, skip: Collection[str] = ()) -> dict[str, Placed]:
    """Return the settings of a mapping, each with its place; nested ones get dotted names.

    Args:
        mapping: setting → value, as read from a file.
        path: the file it stands in.
        skip: keys that are no settings.
    """
    found: dict[str, Placed] = {}
    for key, value in mapping.items():
        if key in skip:
            continue
        if key in NESTED and isinstance(value, Mapping):
            found |= {
                f"{key}.{inner}": Placed(value=plain(deep), path=path, line=line_of(value, inner))
                for inner, deep in value.items()
            }
        else:
            found[key] = Placed(value=plain(value), path=path, line=line_of(mapping, key))
    return found


def apply_overrides(cases: Sequence[RawCase], overrides: Sequence[str]) -> tuple[RawCase, ...]:
    """Return the cases with `KEY=VALUE` overrides: they win over defaults, a case's own values and its matrix.

    KEY is a setting (`windows`, `stream.speech`; `defaults.` before it is allowed) or `cases.NAME.SETTING`.

    Raises:
        UsageError: an override cannot be read, or names a setting or case there is not.
    """
    changed = list(cases)
    for override in overrides:
        key, equals, text = override.partition("=")
        place = f"--set {override}"
        if not equals or not key:
            raise UsageError(f"{place}: write --set KEY=VALUE, for example --set windows=20")
        case_name, setting = _target(key.strip(), {case.name for case in cases}, place)
        try:
            value = YAML(typ="safe").load(StringIO(text))
        except YAMLError as error:
            raise UsageError(f"{place}: the value cannot be read as YAML") from error
        mark = Placed(value=value, path=Path(place), line=None)
        changed = [_with(case, setting, mark) if case_name in (None, case.name) else case for case in changed]
    return tuple(changed)


def _target(key: str, names: set[str], place: str) -> tuple[str | None, str]:
    """Return the case a key is about (None: all) and the setting."""
    case_name = None
    setting = key.removeprefix("defaults.")
    if key.startswith("cases."):
        case_name, _, setting = key.removeprefix("cases.").partition(".")
        if case_name not in names:
            raise UsageError(f"{place}: {unknown_name('case', case_name, names)}")
    if setting not in setting_names():
        raise UsageError(f"{place}: {unknown_name('setting', setting, setting_names())}")
    return case_name, setting


def _with(case: RawCase, setting: str, mark: Placed) -> RawCase:
    """Return the case with one setting fixed; what the matrix says of it no longer counts."""
    matrix = dict(case.matrix)
    for part in ("grid", "zip"):
        if part in matrix:
            matrix[part] = {key: values for key, values in matrix[part].items() if key != setting}
    if "include" in matrix:
        matrix["include"] = [{key: value for key, value in row.items() if key != setting} for row in matrix["include"]]
    if "exclude" in matrix:
        matrix["exclude"] = [row for row in matrix["exclude"] if setting not in row]
    return replace(case, settings=case.settings | {setting: mark}, matrix=matrix)
