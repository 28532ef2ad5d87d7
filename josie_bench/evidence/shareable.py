"""The files of a run as they may be shown to anybody: what was private is replaced, and what cannot be looked through
stays behind.

Reports are not edited but drawn again from the redacted result, so that they say the same as it does.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

from josie_bench.errors import IntegrityError
from josie_bench.evidence.environment import environment_of
from josie_bench.evidence.manifest import differences, read_manifest
from josie_bench.evidence.redaction import Redaction
from josie_bench.evidence.reproduce import SCRIPT, script
from josie_bench.plugins import find_member
from josie_bench.reports import RunData, data_files, read_run, report_names, write_run
from josie_bench.reports.result import FILES, from_json

RESULT_FILE = FILES[0]
ENVIRONMENT_FILE = "environment.txt"
JSON, LINES, TEXT = (".json",), (".jsonl",), (".yaml", ".yml", ".txt", ".log", ".md", ".csv", ".xml", ".sh")
Series = TypeVar("Series")


@dataclass(slots=True, kw_only=True)
class Shareable:
    """What of a run may be shown.

    Attributes:
        files: content by name.
        left_out: why a file stays behind, by its name.
    """

    run_id: str
    files: dict[str, bytes] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)


def shareable(folder: Path, redaction: Redaction) -> Shareable:
    """Return the files of the run in `folder`, redacted.

    Raises:
        UsageError: it is no whole run folder.
        IntegrityError: it was never sealed, or a file is missing or changed.
    """
    sealed = read_manifest(folder)
    lines = differences(folder)
    wrong = [line for line in lines if not line.startswith("extra: ")]
    if wrong:
        raise IntegrityError(f"{folder} is not as it was sealed ({wrong[0]}): josie-bench result verify {folder}")
    data = _redacted_run(folder, redaction)
    found = Shareable(run_id=data.result.run.id)
    found.files |= _drawn(data) | {
        RESULT_FILE: _json(folder / RESULT_FILE, redaction),
        SCRIPT: script(data.result).encode(),
        ENVIRONMENT_FILE: _lines(f"{name}: {value}" for name, value in environment_of(data.result).items()),
    }
    for name in sealed:
        if name not in found.files or name in data_files():
            _take(folder, name, redaction, found)
    for line in lines:
        found.left_out[redaction.text(line.removeprefix("extra: "))] = "came into the folder after it was sealed"
    return found


def _redacted_run(folder: Path, redaction: Redaction) -> RunData:
    data = read_run(folder)
    result = from_json(_json(folder / RESULT_FILE, redaction).decode(), folder / RESULT_FILE)
    return RunData(
        result=result,
        recordings=_renamed(data.recordings, redaction),
        parities=_renamed(data.parities, redaction),
        judged=_renamed({case: judged.with_media({}) for case, judged in data.judged.items()}, redaction),
    )


def _renamed(series: Mapping[str, Series], redaction: Redaction) -> dict[str, Series]:
    return {redaction.text(name): recording for name, recording in series.items()}


def _drawn(data: RunData) -> dict[str, bytes]:
    """Return every report by its name, the raw series among them."""
    with tempfile.TemporaryDirectory() as place:
        formats = [name for name in report_names() if RESULT_FILE not in find_member("reports", name).FILES]
        return {path.name: path.read_bytes() for path in write_run(data, Path(place), formats)}


def _take(folder: Path, name: str, redaction: Redaction, found: Shareable) -> None:
    """Add the file `name` to what was found, or why it stays behind."""
    path, shown = folder / name, redaction.text(name)
    if path.suffix in (".parquet", *JSON, *LINES, *TEXT):
        try:
            _take_read(folder, name, redaction, found)
        except (ValueError, RecursionError, pa.ArrowException, OSError):
            found.left_out[shown] = "cannot be read as what it is called"
    elif path.read_bytes() != found.files.get(shown):  # what was drawn anew holds no sounds and no pictures
        found.files.pop(shown, None)
        found.left_out[shown] = "is of a kind that cannot be looked through for what is private"


def _take_read(folder: Path, name: str, redaction: Redaction, found: Shareable) -> None:
    """Add a file that can be looked through."""
    path, shown = folder / name, redaction.text(name)
    if path.suffix != ".parquet":
        found.files.setdefault(shown, _redacted(path, redaction))
    elif _is_public(path, redaction):
        found.files[shown] = path.read_bytes()
    elif name not in found.files:
        found.left_out[shown] = "holds words that are private"


def _redacted(path: Path, redaction: Redaction) -> bytes:
    if path.suffix in JSON:
        return _json(path, redaction)
    text = path.read_bytes().decode()
    if path.suffix in LINES:
        return _lines(_dumped(json.loads(line), redaction) for line in text.splitlines() if line.strip())
    return redaction.text(text).encode()


def _json(path: Path, redaction: Redaction) -> bytes:
    return f"{_dumped(json.loads(path.read_bytes()), redaction, indent=2)}\n".encode()


def _dumped(value: Any, redaction: Redaction, **how: Any) -> str:
    return json.dumps(redaction.value(value), ensure_ascii=False, **how)


def _lines(lines: Iterable[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


def _is_public(path: Path, redaction: Redaction) -> bool:
    """Return whether no text in a parquet file is private, those of its metadata included."""
    table = pq.read_table(path)
    texts: list[Any] = list(table.column_names)
    texts += [_decoded(part) for pair in (table.schema.metadata or {}).items() for part in pair]
    for column in table.columns:
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
            column = column.unique()  # noqa: PLW2901  a case's name stands there once per window
        if not (pa.types.is_primitive(column.type) or pa.types.is_null(column.type)):
            texts += column.to_pylist()
    return all(redaction.value(text) == text for text in texts)


def _decoded(part: bytes) -> Any:
    """Return what a piece of metadata says: as JSON it may write a letter by its number."""
    text = part.decode(errors="replace")
    try:
        return json.loads(text)
    except ValueError:
        return text
