"""A recording on its way from the trial's process to the one that scores it: numbers only, no pickles."""

from __future__ import annotations

import io
import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from josie_bench.terms.judged import Judged
from josie_bench.terms.parity import Parity
from josie_bench.terms.recording import NOTES, Recording, Spans, notes_from_json, notes_to_json
from josie_bench.terms.telemetry import Telemetry, with_head
from josie_bench.writing import write_whole

MEDIA = "media"
TABLES: dict[str, Any] = {"spans": Spans, "parity": Parity, "telemetry": Telemetry}


def save_recording(recording: Recording, file: Path) -> None:
    """Write the recording as a compressed numpy archive, whole or not at all.

    Raises:
        OutputError: it cannot be written.
    """
    arrays: dict[str, Any] = {}
    scalars: dict[str, Any] = notes_to_json(recording)
    for field in fields(recording):
        value = getattr(recording, field.name)
        if isinstance(value, np.ndarray):
            arrays[field.name] = value
        elif field.name in TABLES and value is not None:
            parts = {part.name: getattr(value, part.name) for part in fields(value)}
            arrays |= {f"{field.name}.{name}": part for name, part in parts.items() if isinstance(part, np.ndarray)}
        elif isinstance(value, Judged):
            scalars[field.name] = value.to_json()
            arrays |= judged_arrays(value)
        elif field.name not in NOTES:
            scalars[field.name] = value
    if recording.telemetry is not None:
        scalars["telemetry"] = recording.telemetry.head()
    write_archive(file, scalars, arrays)


def load_recording(file: Path) -> Recording:
    """Return the recording that `save_recording` wrote."""
    scalars, arrays = read_archive(file)
    notes = notes_from_json(scalars)
    if scalars["telemetry"] is not None:
        scalars["telemetry"] = with_head(_table(arrays, "telemetry"), scalars["telemetry"])
    if any(name.startswith("parity.") for name in arrays):
        scalars["parity"] = Parity(**_table(arrays, "parity"))
    if scalars["judged"] is not None:
        scalars["judged"] = judged_of(scalars["judged"], arrays)
    scalars["round_ended_ns"] = tuple(scalars["round_ended_ns"])
    spans = Spans(**_table(arrays, "spans"))
    return Recording(**(scalars | arrays | notes), spans=spans)


def write_archive(file: Path, scalars: dict[str, Any], arrays: dict[str, Any]) -> None:
    """Write what JSON can hold and arrays beside it, whole or not at all.

    Raises:
        OutputError: it cannot be written.
    """
    archive = io.BytesIO()
    np.savez_compressed(archive, scalars=np.array(json.dumps(scalars)), **arrays)
    write_whole(file, archive.getvalue())


def read_archive(file: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return both that `write_archive` wrote."""
    with file.open("rb") as content, np.load(content, allow_pickle=False) as archive:
        arrays = {name: archive[name] for name in archive.files}
    return json.loads(str(arrays.pop("scalars"))), arrays


def judged_arrays(judged: Judged) -> dict[str, Any]:
    """Return what its JSON leaves out: features, and what is to be heard and seen."""
    return {f"judged.{name}": part for name, part in judged.features().items()} | {
        f"{MEDIA}.{at}.{name}": np.frombuffer(content, dtype=np.uint8)
        for at, media in judged.media().items()
        for name, content in media.items()
    }


def judged_of(told: dict[str, Any], arrays: dict[str, Any]) -> Judged:
    """Return what was judged, given its JSON, and its arrays, which are taken out of all."""
    judged = Judged.from_json(told)
    features = _table(arrays, "judged")
    judged = judged.with_features(features) if features else judged
    return judged.with_media(_media(arrays))


def _media(arrays: dict[str, Any]) -> dict[int, dict[str, bytes]]:
    """Return what is to be heard and seen by row and name, taken out of the arrays."""
    found: dict[int, dict[str, bytes]] = {}
    for key, content in _table(arrays, MEDIA).items():
        at, _, name = key.partition(".")
        found.setdefault(int(at), {})[name] = content.tobytes()
    return found


def _table(arrays: dict[str, Any], name: str) -> dict[str, Any]:
    """Return the columns of one table, taken out of the arrays."""
    own = [key for key in arrays if key.startswith(f"{name}.")]
    return {key.removeprefix(f"{name}."): arrays.pop(key) for key in own}
