"""result.json: the summary of a run, and the JSON Schema that it follows.

Regenerate the schema with `python -m josie_bench.reports.result > josie_bench/reports/result.schema.json`.
"""

from __future__ import annotations

import json
import math
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from josie_bench.errors import UsageError
from josie_bench.reports import RunData
from josie_bench.reports._document import from_text, schema_of
from josie_bench.reports._told_settings import fault_in
from josie_bench.terms.budget import SEVERITIES
from josie_bench.terms.result import CASE_STATUSES, RATIO_VERDICTS, RUN_STATUSES, SCHEMA, SCHEMA_VERSION, Result
from josie_bench.writing import write_whole

FILES = ("result.json",)
RUN_ID = re.compile(r"[\w-][\w.-]{0,99}", re.ASCII)  # what is made of a run is named after it
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
    return from_json(text_of(folder), folder / FILES[0])


def text_of(folder: Path) -> str:
    """Return the text of the result that `folder` holds, byte for byte.

    Raises:
        UsageError: there is none, or it is no text.
    """
    path = folder / FILES[0]
    try:
        return path.read_bytes().decode("utf-8")
    except OSError as error:
        raise UsageError(f"{folder} is no run folder: cannot read {FILES[0]} in it ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is broken: it is not UTF-8 text") from error


def from_json(text: str, path: Path) -> Result:
    """Return the result that `text` writes.

    Args:
        text: a file's content.
        path: what the messages call it.

    Raises:
        UsageError: it is broken, or a newer version wrote it.
    """
    name = "result of josie-bench"
    result = from_text(text, path, RESULT, schema=SCHEMA, version=SCHEMA_VERSION, name=name)
    if not RUN_ID.fullmatch(result.run.id):
        raise UsageError(f"{path} is broken: run.id: {result.run.id!r} is no name of a file")
    for index, case in enumerate(result.cases):
        if (fault := fault_in(case.settings)) is not None:
            raise UsageError(f"{path} is broken: cases.{index}.{fault}")
    return result


def migrated(text: str, path: Path) -> str:
    """Return `text` as this version writes it: what is new has its default, and what is not known here stays.

    Args:
        text: a file's content.
        path: what the messages call it.

    Raises:
        UsageError: it is broken, or a newer version wrote it.
    """
    now = RESULT.dump_python(from_json(text, path), mode="json")
    plain = json.loads(text)
    if _numbers(plain["schema_version"]) >= _numbers(SCHEMA_VERSION):
        return text
    whole = _filled(plain, now) | {"schema_version": SCHEMA_VERSION}
    try:
        return json.dumps(whole, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    except ValueError as error:
        raise UsageError(f"{path} is broken: {error}") from error


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:2])


def _filled(written: Any, now: Any) -> Any:
    """Return what was written, with what only `now` has; names in the order of `now`, those it has not at the end."""
    if isinstance(written, dict) and isinstance(now, dict):
        known = {name: _filled(written[name], now[name]) if name in written else now[name] for name in now}
        return known | {name: written[name] for name in written if name not in now}
    if isinstance(written, list) and isinstance(now, list):
        return [_filled(*pair) for pair in zip(written, now, strict=True)]
    return written


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of `result.json`."""
    return schema_of(RESULT, schema=SCHEMA, version=SCHEMA_VERSION, listed=LISTED)


def schema_text() -> str:
    """Return the text of the published schema file."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(schema_text())
