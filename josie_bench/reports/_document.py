"""A JSON document of ours that is no result: read strictly, and refused in one line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NoReturn, TypeVar

from pydantic import TypeAdapter, ValidationError

from josie_bench.errors import UsageError

Document = TypeVar("Document")


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
        plain = json.loads(text, parse_constant=_refuse_constant)
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} is broken: {error}") from error
    if not isinstance(plain, dict) or plain.get("schema") != schema:
        raise UsageError(f"{path} is no {schema}: its 'schema' is another")
    if _major(plain.get("schema_version")) > _major(version):
        raise UsageError(f"{path} has a newer schema than {version}: update josie-bench to read it")
    try:
        return adapter.validate_json(text, strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise UsageError(f"{path} is broken: {place}: {first['msg']}") from error


def to_text(adapter: TypeAdapter[Document], document: Document) -> str:
    """Return the document as a file holds it; every number in it is finite."""
    return json.dumps(adapter.dump_python(document), indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _major(version: object) -> int:
    major = version.partition(".")[0] if isinstance(version, str) else ""
    return int(major) if major.isascii() and major.isdigit() else 0


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")
