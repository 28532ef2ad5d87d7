"""windows.parquet, spans.parquet, telemetry.parquet: a row per window, per component call, per reading of the machine.

What is one value per recording stands as JSON in the file's schema metadata, so that `read` restores all of it.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from josie_bench.errors import UsageError
from josie_bench.reports import RunData
from josie_bench.reports._parquet_table import table_of
from josie_bench.reports._recording_head import check_heads
from josie_bench.statistics.causes import causes
from josie_bench.statistics.series import as_ms, played_ns
from josie_bench.terms.recording import (
    NO_INTS,
    NO_WORDS,
    Bools,
    Ints,
    Recording,
    Spans,
    host_spans,
    notes_from_json,
    notes_to_json,
)
from josie_bench.terms.schedule import RECORDED
from josie_bench.terms.telemetry import Telemetry, with_head
from josie_bench.terms.timebase import ns_from_ms
from josie_bench.writing import write_whole

FILES = ("windows.parquet", "spans.parquet", "telemetry.parquet")
METADATA_KEY = b"josie_bench.recordings"
TELEMETRY_COLUMNS = {
    "round": "int64",
    "instant_ns": "int64",
    "source": "string",
    "name": "string",
    "value": "float64",
    "unit": "string",
}
SCALARS = ("window_ms", "deadline_ms", "is_open_loop", "sample_rate_hz", "ended_ns")
LATER_SCALARS = ("is_virtual", "delay_samples")  # which older files have not


def write(data: RunData, folder: Path) -> list[Path]:
    """Write the files into `folder`.

    Raises:
        OutputError: a file cannot be written.
    """
    head = {name: _scalars(recording) for name, recording in data.recordings.items()}
    tables = (_stack(data.recordings, of) for of in (_windows, _spans, _telemetry))
    return [write_whole(folder / file, _parquet(table, head)) for file, table in zip(FILES, tables, strict=True)]


def _scalars(recording: Recording) -> dict[str, Any]:
    head = None if recording.telemetry is None else recording.telemetry.head()
    own = {name: getattr(recording, name) for name in (*SCALARS, *LATER_SCALARS)}
    more = {"telemetry": head, "round_ended_ns": list(recording.round_ended_ns)}
    return own | notes_to_json(recording) | more


def _stack(recordings: Mapping[str, Recording], table_of: Callable[[str, Recording], pd.DataFrame]) -> pd.DataFrame:
    tables = [table_of(name, recording) for name, recording in recordings.items()]
    return pd.concat(tables, ignore_index=True) if tables else table_of("", _NOTHING)


def _windows(case: str, recording: Recording) -> pd.DataFrame:
    is_answered = recording.is_answered
    columns = {
        "case": _words([case] * len(recording.window)),
        "round": recording.round_of_each(),
        "window": recording.window,
        "session": _counted(recording.session, len(recording.window)),
        "hop_ns": recording.hop_ns,
        "block": recording.block,
        "content": _words(recording.content.tolist()),
        "is_warm_up": recording.is_warm_up,
        "scheduled_ns": recording.scheduled_ns,
        "handed_ns": recording.handed_ns,
        "started_ns": _known(recording.started_ns, is_answered),
        "finished_ns": _known(recording.finished_ns, is_answered),
        "played_ns": _known(*played_ns(recording)),
        "audio_samples": recording.audio_samples,
        "text_tokens": recording.text_tokens,
        "vision_tokens": recording.vision_tokens,
        "modalities": _words(recording.modalities.tolist()),
        "dropped": _told(recording.dropped, len(is_answered)),
        "is_shed": _looked(recording.is_shed, len(is_answered)),
        "is_evicted": _looked(recording.is_evicted, len(is_answered)),
        "is_valid": _looked(recording.is_valid, len(is_answered)),
        "response_ms": _ms(recording.finished_ns - recording.scheduled_ns, is_answered & recording.is_open_loop),
        "compute_ms": _ms(recording.finished_ns - recording.started_ns, is_answered),
        "major_faults": _counted(recording.major_faults, len(is_answered)),
        "preemptions": _counted(recording.preemptions, len(is_answered)),
        "turn_tokens": _counted(recording.turn_tokens, len(is_answered)),
        "repeated_tokens": _counted(recording.repeated_tokens, len(is_answered)),
        "repeated_samples": _counted(recording.repeated_samples, len(is_answered)),
        "turn_ns": _begun(recording.turn_ns, len(is_answered)),
        "answer": _told(recording.answers, len(is_answered)),
        "causes": _words(_cause_words(recording)),
    }
    return pd.DataFrame(columns)


def _spans(case: str, recording: Recording) -> pd.DataFrame:
    spans = recording.spans
    return pd.DataFrame(
        {
            "case": _words([case] * len(spans.window)),
            "window": spans.window,
            "component": _words(spans.component.tolist()),
            "start_ns": spans.start_ns,
            "end_ns": spans.end_ns,
            "is_on_gpu": spans.is_on_gpu,
            "error_ns": spans.error_ns,
        }
    )


def _cause_words(recording: Recording) -> list[str]:
    """Return for each window what hit it, joined by `; `."""
    found = causes(recording)
    rows = zip(*(is_hit.tolist() for is_hit in found.values()), strict=True)
    return ["; ".join(cause for cause, is_hit in zip(found, row, strict=True) if is_hit) for row in rows]


def _telemetry(case: str, recording: Recording) -> pd.DataFrame:
    told = recording.telemetry
    columns = {name: np.zeros(0) if told is None else getattr(told, name) for name in TELEMETRY_COLUMNS}
    table = pd.DataFrame(columns).astype(TELEMETRY_COLUMNS)
    table.insert(0, "case", _words([case] * len(table)))
    return table


def _words(values: list[str]) -> pd.Series[str]:
    return pd.Series(values, dtype="string")


def _told(values: NDArray[np.str_] | None, count: int) -> pd.Series[str]:
    """Return words, nulls where nobody noted any."""
    return pd.Series([pd.NA] * count if values is None else values.tolist(), dtype="string")


def _looked(values: Bools | None, count: int) -> pd.Series[bool]:
    return pd.Series([pd.NA] * count if values is None else values, dtype="boolean")


def _known(values: Ints, is_known: Bools) -> pd.Series[int]:
    """Return whole numbers with nulls; pandas' own `Int64`, for a float would round the nanoseconds."""
    return pd.Series(pd.arrays.IntegerArray(values.copy(), ~is_known))


def _begun(turn_ns: Ints | None, count: int) -> pd.Series[int]:
    """Return when the turn began that came with each window, or nulls."""
    return _counted(None, count) if turn_ns is None else _known(turn_ns, turn_ns > 0)


def _counted(values: Ints | None, count: int) -> pd.Series[int]:
    """Return a count for each window, or nulls where nobody counted."""
    is_known = np.full(count, values is not None)
    return _known(np.zeros(count, dtype=np.int64) if values is None else values, is_known)


def _ms(values_ns: Ints, is_known: Bools) -> pd.Series[float]:
    return pd.Series(pd.arrays.FloatingArray(as_ms(values_ns), ~is_known))


def _parquet(table: pd.DataFrame, head: Mapping[str, Any]) -> bytes:
    arrow = pa.Table.from_pandas(table, preserve_index=False)
    metadata = {**(arrow.schema.metadata or {}), METADATA_KEY: json.dumps(head, allow_nan=False).encode()}
    buffer = io.BytesIO()
    pq.write_table(arrow.replace_schema_metadata(metadata), buffer, compression="zstd")
    return buffer.getvalue()


def read(folder: Path) -> dict[str, Recording]:
    """Return the recordings that `write` put into `folder`, by case id.

    Raises:
        UsageError: a file is missing or broken, or holds more than memory does.
    """
    windows, head = _table(folder, FILES[0])
    check_heads(head, folder / FILES[0])
    spans, _ = _table(folder, FILES[1])
    is_watched = any(scalars.get("telemetry") is not None for scalars in head.values())
    told = _table(folder, FILES[2])[0] if is_watched else pd.DataFrame()
    try:
        return {name: _restored(name, scalars, windows, spans, told) for name, scalars in head.items()}
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(f"{folder / FILES[0]} is broken: cannot restore the recordings ({error})") from error


def _table(folder: Path, file: str) -> tuple[pd.DataFrame, dict[str, Any]]:
    path = folder / file
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{folder} is no whole run folder: cannot read {file} in it ({error.strerror})") from error
    try:
        arrow = table_of(content, path)
        head = json.loads((arrow.schema.metadata or {})[METADATA_KEY])
        return arrow.to_pandas(), {name: dict(scalars) for name, scalars in head.items()}
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UsageError(f"{path} is broken: it is no parquet file that josie-bench wrote") from error


def _restored(
    name: str, scalars: dict[str, Any], windows: pd.DataFrame, spans: pd.DataFrame, told: pd.DataFrame
) -> Recording:
    rows = windows[windows["case"] == name]
    calls = spans[spans["case"] == name]
    rounds = _ints(rows["round"]) if "round" in rows else NO_INTS
    rows = _as_now(rows, scalars)
    return Recording(
        **{key: scalars[key] for key in SCALARS},
        **{key: scalars[key] for key in LATER_SCALARS if key in scalars},
        window=_ints(rows["window"]),
        hop_ns=_ints(rows["hop_ns"]),
        block=_ints(rows["block"]),
        content=np.array(rows["content"].tolist(), dtype=np.str_),
        is_warm_up=rows["is_warm_up"].to_numpy(dtype=np.bool_),
        scheduled_ns=_ints(rows["scheduled_ns"]),
        handed_ns=_ints(rows["handed_ns"]),
        started_ns=_ints(rows["started_ns"]),
        finished_ns=_ints(rows["finished_ns"]),
        is_answered=rows["finished_ns"].notna().to_numpy(dtype=np.bool_),
        audio_samples=_counts(rows["audio_samples"]),
        text_tokens=_counts(rows["text_tokens"]),
        vision_tokens=_counts(rows["vision_tokens"]),
        modalities=np.array(rows["modalities"].tolist(), dtype=np.str_),
        spans=_calls(calls),
        **notes_from_json(scalars),
        round=rounds if rounds.any() else None,
        round_ended_ns=_ends(scalars, rounds),
        major_faults=_recounted(rows, "major_faults"),
        preemptions=_recounted(rows, "preemptions"),
        turn_tokens=_recounted(rows, "turn_tokens"),
        repeated_tokens=_recounted(rows, "repeated_tokens"),
        repeated_samples=_recounted(rows, "repeated_samples"),
        dropped=_retold(rows, "dropped"),
        is_valid=_relooked(rows, "is_valid"),
        session=_recounted(rows, "session"),
        is_shed=_relooked(rows, "is_shed"),
        is_evicted=_relooked(rows, "is_evicted"),
        turn_ns=_recounted(rows, "turn_ns"),
        answers=_retold(rows, "answer"),
        telemetry=_watched(name, scalars, told),
    )


def _ends(scalars: Mapping[str, Any], rounds: Ints) -> tuple[int, ...]:
    """Return when the trial of each round ended; nothing where there is one trial."""
    ends = tuple(scalars.get("round_ended_ns", ()))
    if ends and len(ends) != len(np.unique(rounds)):
        raise ValueError(f"{len(ends)} ends of {len(np.unique(rounds))} rounds")
    return ends


def _calls(rows: pd.DataFrame) -> Spans:
    found = host_spans(
        window=_ints(rows["window"]),
        component=np.array(rows["component"].tolist(), dtype=np.str_),
        start_ns=_ints(rows["start_ns"]),
        end_ns=_ints(rows["end_ns"]),
    )
    if "is_on_gpu" not in rows:
        return found
    return replace(found, is_on_gpu=rows["is_on_gpu"].to_numpy(dtype=np.bool_), error_ns=_ints(rows["error_ns"]))


def _recounted(rows: pd.DataFrame, name: str) -> Ints | None:
    return _ints(rows[name]) if name in rows and rows[name].notna().any() else None


def _retold(rows: pd.DataFrame, name: str) -> NDArray[np.str_] | None:
    is_told = name in rows and rows[name].notna().any()
    return np.array(rows[name].tolist(), dtype=np.str_) if is_told else None


def _relooked(rows: pd.DataFrame, name: str) -> Bools | None:
    is_looked = name in rows and rows[name].notna().any()
    return rows[name].to_numpy(dtype=np.bool_) if is_looked else None


def _watched(name: str, scalars: Mapping[str, Any], told: pd.DataFrame) -> Telemetry | None:
    if scalars.get("telemetry") is None:
        return None
    rows = told[told["case"] == name]
    kinds = {"int64": np.int64, "float64": np.float64, "string": np.str_}
    columns: dict[str, Any] = {
        key: np.array(rows[key].tolist(), dtype=kinds[kind]) for key, kind in TELEMETRY_COLUMNS.items()
    }
    return with_head(columns, scalars["telemetry"])


def _as_now(rows: pd.DataFrame, scalars: Mapping[str, Any]) -> pd.DataFrame:
    """Return the rows with the columns that schema 1.0 had not: one hop for all, one block, the recording."""
    if "hop_ns" in rows:
        return rows
    return rows.assign(hop_ns=ns_from_ms(scalars["hop_ms"]), block=0, content=RECORDED)


def _counts(column: pd.Series[int]) -> Ints:
    counts = _ints(column)
    if ((counts < 0) | (counts >= 2**31)).any():
        raise ValueError(f"{column.name} has a number that is no count")
    return counts


def _ints(column: pd.Series[int]) -> Ints:
    return np.asarray(column.fillna(0), dtype=np.int64)


_NO_BOOLS = np.zeros(0, dtype=np.bool_)
_NOTHING = Recording(
    window_ms=0.0,
    deadline_ms=0.0,
    is_open_loop=True,
    sample_rate_hz=1,
    window=NO_INTS,
    hop_ns=NO_INTS,
    block=NO_INTS,
    content=NO_WORDS,
    is_warm_up=_NO_BOOLS,
    scheduled_ns=NO_INTS,
    handed_ns=NO_INTS,
    started_ns=NO_INTS,
    finished_ns=NO_INTS,
    is_answered=_NO_BOOLS,
    audio_samples=NO_INTS,
    text_tokens=NO_INTS,
    vision_tokens=NO_INTS,
    modalities=NO_WORDS,
    ended_ns=0,
    spans=host_spans(),
)
