"""A JSON document of ours: read strictly, refused in one line, and described by a schema."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from pydantic import TypeAdapter, ValidationError

from josie_bench.errors import UsageError

Document = TypeVar("Document")
VERSION = re.compile(r"(?P<major>[0-9]{1,4})\.[0-9]{1,4}\.[0-9]{1,4}")


def read_document(path: Path, adapter: TypeAdapter[Document], *, schema: str, version: str) -> Document:
    """Return what the file holds; fields that this version does not know are passed over.

    Args:
        path: of the file.
        adapter: of the type that it holds.
        schema: what its `schema` must be.
        version: the newest `schema_version` that is known; a newer major is refused.

    Raises:
        UsageError: it is missing, broken, something else, or a newer version wrote it.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is broken: it is not UTF-8 text") from error
    return from_text(text, path, adapter, schema=schema, version=version, name=schema)


def from_text(
    text: str, path: Path, adapter: TypeAdapter[Document], *, schema: str, version: str, name: str
) -> Document:
    """Return what a text says; as `read_document`.

    Args:
        text: a file's content.
        path: what the messages call it.
        adapter: of the type that it holds.
        schema: what its `schema` must be.
        version: the newest `schema_version` that is known; a newer major is refused.
        name: what the messages call such a document.

    Raises:
        UsageError: it is broken, something else, or a newer version wrote it.
    """
    plain = _plain(text, path)
    if not isinstance(plain, dict) or plain.get("schema") != schema:
        raise UsageError(f"{path} is no {name}: its 'schema' is not {schema!r}")
    _check_version(plain.get("schema_version"), version, path)
    return _typed(text, path, adapter)


def from_message(told: object, name: str, adapter: TypeAdapter[Document]) -> Document:
    """Return what a message says that is no file and bears no schema; every number in it is finite, all text UTF-8.

    Args:
        told: a JSON value, or what should be one.
        name: what the messages call it.
        adapter: of the type that it is.

    Raises:
        UsageError: it is something else.
    """
    try:
        text = json.dumps(told)
    except (TypeError, ValueError, RecursionError) as error:
        raise UsageError(f"{name} is broken: {error}") from error
    _plain(text, name)
    return _typed(text, name, adapter)


def _plain(text: str, path: Path | str) -> object:
    """Return the JSON value of a text, its numbers as the nearest floats."""
    try:
        return json.loads(text, parse_constant=_refuse_constant, parse_float=_finite, parse_int=_finite)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} is broken: {error}") from error


def _typed(text: str, path: Path | str, adapter: TypeAdapter[Document]) -> Document:
    try:
        return adapter.validate_json(text, strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise UsageError(f"{path} is broken: {place}: {first['msg']}") from error


def to_text(adapter: TypeAdapter[Document], document: Document) -> str:
    """Return the document as a file holds it; every number in it is finite."""
    return json.dumps(adapter.dump_python(document), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def schema_of(
    adapter: TypeAdapter[Any], *, schema: str, version: str, listed: Mapping[tuple[str, str], Sequence[str]]
) -> dict[str, Any]:
    """Return the JSON Schema of a document.

    Args:
        adapter: of its type.
        schema: what its `schema` is.
        version: of the schema.
        listed: what a field can be, by the name of its type and its own.
    """
    found = adapter.json_schema(mode="validation")
    for (value, name), known in listed.items():
        fields = found if value == found["title"] else found["$defs"][value]
        fields["properties"][name]["enum"] = list(known)
    found["properties"]["schema"]["const"] = schema
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$comment": f"{schema} {version}"} | found


def _check_version(version: object, known: str, path: Path) -> None:
    told = VERSION.fullmatch(version) if isinstance(version, str) else None
    if told is None:
        raise UsageError(f"{path} is broken: its schema_version {version!r} is no version")
    if int(told["major"]) > int(known.partition(".")[0]):
        raise UsageError(
            f"{path} has schema {version}, this josie-bench reads up to {known}: update josie-bench to read it"
        )


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _finite(digits: str) -> float:
    """Return a number; an integer comes as the nearest float, for what is read here is only looked at."""
    if not math.isfinite(number := float(digits)):
        raise ValueError(f"a number of {len(digits)} digits is beyond what a number can be")
    return number
