"""result.json: the summary of a run, and the JSON Schema that it follows.

Regenerate the schema with `python -m josie_bench.reports.result > josie_bench/reports/result.schema.json`.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

from pydantic import TypeAdapter, ValidationError

from josie_bench.errors import UsageError
from josie_bench.reports import RunData
from josie_bench.terms.budget import SEVERITIES
from josie_bench.terms.result import CASE_STATUSES, RATIO_VERDICTS, RUN_STATUSES, SCHEMA, SCHEMA_VERSION, Result
from josie_bench.writing import write_whole

FILES = ("result.json",)
SCHEMA_FILE = "result.schema.json"
RESULT = TypeAdapter(Result)
LISTED = {
    ("Run", "status"): RUN_STATUSES,
    ("CaseResult", "status"): CASE_STATUSES,
    ("RoundResult", "status"): CASE_STATUSES,
    ("PartRatio", "verdict"): RATIO_VERDICTS,
    ("Verdict", "result"): ("pass", "fail", "n/a"),
    ("Verdict", "severity"): SEVERITIES,
    ("MetricScore", "direction"): ("lower", "higher", "none"),
}


def write(data: RunData, folder: Path) -> list[Path]:
    """Write `result.json` into `folder`.

    Raises:
        OutputError: it cannot be written.
        ValueError: a number of the result is not finite; our own bug, for absent is None.
    """
    return [write_whole(folder / FILES[0], to_json(data.result).encode())]


def to_json(result: Result) -> str:
    """Return the text of `result.json`."""
    plain = RESULT.dump_python(result, mode="python")
    broken = next(_not_finite(plain, ""), None)
    if broken is not None:
        raise ValueError(f"result.json cannot hold {broken}: a number is finite or None with a reason")
    return json.dumps(plain, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _not_finite(value: object, place: str) -> Iterator[str]:
    """Yield where in `value` numbers are that JSON does not know."""
    if isinstance(value, float) and not math.isfinite(value):
        yield f"{place.lstrip('.')} = {value}"
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _not_finite(item, f"{place}.{key}")
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _not_finite(item, f"{place}[{index}]")


def read(folder: Path) -> Result:
    """Return the result that `folder` holds; fields that this version does not know are passed over.

    Raises:
        UsageError: there is none, it is broken, or a newer version wrote it.
    """
    path = folder / FILES[0]
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{folder} is no run folder: cannot read {FILES[0]} in it ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is broken: it is not UTF-8 text") from error
    return from_json(text, path)


def from_json(text: str, path: Path) -> Result:
    """Return the result that `text` writes.

    Args:
        text: a file's content.
        path: what the messages call it.

    Raises:
        UsageError: it is broken, or a newer version wrote it.
    """
    try:
        plain = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path} is broken: {error}") from error
    _check_version(plain, path)
    try:
        return RESULT.validate_json(text, strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise UsageError(f"{path} is broken: {place}: {first['msg']}") from error


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _check_version(plain: object, path: Path) -> None:
    if not isinstance(plain, dict) or plain.get("schema") != SCHEMA:
        raise UsageError(f"{path} is no result of josie-bench: its 'schema' is not {SCHEMA!r}")
    version = plain.get("schema_version")
    major = version.partition(".")[0] if isinstance(version, str) else ""
    if not (major.isascii() and major.isdigit()):
        raise UsageError(f"{path} is broken: its schema_version {version!r} is no version")
    if int(major) > int(SCHEMA_VERSION.partition(".")[0]):
        raise UsageError(
            f"{path} has schema {version}, this josie-bench reads up to {SCHEMA_VERSION}: update josie-bench to read it"
        )


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of `result.json`."""
    schema = RESULT.json_schema(mode="validation")
    for (value, name), known in LISTED.items():
        schema["$defs"][value]["properties"][name]["enum"] = list(known)
    schema["properties"]["schema"]["const"] = SCHEMA
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$comment": f"{SCHEMA} {SCHEMA_VERSION}"}
    return head | schema


def schema_text() -> str:
    """Return the text of the published schema file."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(schema_text())
