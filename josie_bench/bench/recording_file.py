"""A recording on its way from the trial's process to the one that scores it: numbers only, no pickles."""

from __future__ import annotations

import io
import json
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np

from josie_bench.terms.parity import Parity
from josie_bench.terms.recording import MemoryReading, Phase, Recording, Spans
from josie_bench.writing import write_whole


def save_recording(recording: Recording, file: Path) -> None:
    """Write the recording as a compressed numpy archive, whole or not at all.

    Raises:
        OutputError: it cannot be written.
    """
    arrays: dict[str, Any] = {}
    scalars: dict[str, Any] = {}
    for field in fields(recording):
        value = getattr(recording, field.name)
        if isinstance(value, np.ndarray):
            arrays[field.name] = value
        elif isinstance(value, Spans):
            arrays |= {f"spans.{part.name}": getattr(value, part.name) for part in fields(value)}
        elif isinstance(value, Parity):
            arrays |= {f"parity.{part.name}": getattr(value, part.name) for part in fields(value)}
        elif field.name in ("memory", "phases"):
            scalars[field.name] = [asdict(entry) for entry in value]
        else:
            scalars[field.name] = value
    archive = io.BytesIO()
    np.savez_compressed(archive, scalars=np.array(json.dumps(scalars)), **arrays)
    write_whole(file, archive.getvalue())


def load_recording(file: Path) -> Recording:
    """Return the recording that `save_recording` wrote."""
    with np.load(file, allow_pickle=False) as archive:
        arrays = {name: archive[name] for name in archive.files}
    scalars = json.loads(str(arrays.pop("scalars")))
    memory = tuple(MemoryReading(**reading) for reading in scalars.pop("memory"))
    phases = tuple(Phase(**phase) for phase in scalars.pop("phases"))
    spans = Spans(**{field.name: arrays.pop(f"spans.{field.name}") for field in fields(Spans)})
    if any(name.startswith("parity.") for name in arrays):
        scalars["parity"] = Parity(**{field.name: arrays.pop(f"parity.{field.name}") for field in fields(Parity)})
    return Recording(**scalars, **arrays, spans=spans, memory=memory, phases=phases)
