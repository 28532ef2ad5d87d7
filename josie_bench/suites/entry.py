"""A case as a suite writes it: its name, settings with their places, matrix and budgets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from josie_bench.suites.document import Place, Placed, complaint, line_of, places_of, plain, refuse_unknown
from josie_bench.suites.matrix import Matrix, read_matrix
from josie_bench.suites.schema import CaseKeys, parse_case_budget
from josie_bench.suites.settings import Settings, placed_settings
from josie_bench.terms.budget import Budget

EXTRAS = ("name", "matrix", "budgets")
CASE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _.,=/+-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class RawCase:
    """A case as written, its matrix not yet expanded.

    Attributes:
        at: where its entry begins.
        settings: setting → value with its place, the suite's defaults included.
        overrides: those of the command line, which win over settings and matrix.
    """

    name: str
    at: Place
    settings: Settings
    matrix: Matrix
    budgets: tuple[Budget, ...]
    overrides: Settings = field(default_factory=dict)


def read_case(entry: CommentedMap, path: Path, defaults: Mapping[str, Placed]) -> RawCase:
    """Return the case of one entry of `cases`.

    Raises:
        SuiteError: it says something it may not.
    """
    at = Place(path=path, line=entry.lc.line + 1)
    refuse_unknown(entry, [*CaseKeys.model_fields, *EXTRAS], path, "setting")
    name = entry.get("name")
    if not isinstance(name, str) or not CASE_NAME.fullmatch(name) or ".." in name:
        raise at.error(
            f"{name!r} is no case name: write letters, digits, - and _" if name else "a case needs a name: add name:"
        )
    return RawCase(
        name=name,
        at=at,
        settings=dict(defaults) | placed_settings(entry, path, skip=EXTRAS),
        matrix=read_matrix(entry, path),
        budgets=_budgets(entry, path),
    )


def _budgets(entry: CommentedMap, path: Path) -> tuple[Budget, ...]:
    found = []
    listed = entry.get("budgets") or []
    at = Place(path=path, line=line_of(entry, "budgets"))
    if not isinstance(listed, list):
        raise at.error("budgets must be a list of - assert: …")
    for index, item in enumerate(listed):
        place = Place(path=path, line=line_of(listed, index)) if isinstance(listed, CommentedSeq) else at
        try:
            found.append(parse_case_budget(plain(item)))
        except ValidationError as error:
            raise complaint(error, places_of(item, path), place) from error
        except ValueError as error:
            raise place.error(str(error)) from error
    return tuple(found)
