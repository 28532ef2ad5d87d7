"""The store of noise floors: a folder with one JSON file for each that `calibrate` measured."""

from __future__ import annotations

from pathlib import Path

from pydantic import TypeAdapter

from josie_bench.errors import UsageError
from josie_bench.reports._document import read_document, to_text
from josie_bench.terms.noise_floor import NOISE_SCHEMA, NOISE_VERSION, NoiseFloor
from josie_bench.writing import write_whole

ADAPTER = TypeAdapter(NoiseFloor)


def read_noise_floors(folder: Path) -> tuple[NoiseFloor, ...]:
    """Return all noise floors in a folder, in order of their files; none where there is no such folder.

    Raises:
        UsageError: it is a file, one in it is broken, or a newer version wrote it.
    """
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file: name the folder of noise floors, as --store reports/calibration")
    files = sorted(folder.glob("*.json")) if folder.is_dir() else []
    return tuple(read_document(file, ADAPTER, schema=NOISE_SCHEMA, version=NOISE_VERSION) for file in files)


def write_noise_floor(floor: NoiseFloor, folder: Path) -> Path:
    """Write a noise floor into the folder and return its file, named after host, time and conditions.

    Raises:
        OutputError: it cannot be written.
    """
    moment = floor.created.replace("-", "").replace(":", "").partition("+")[0]
    name = f"{floor.host[:8]}-{moment}Z-{floor.conditions[:8]}.json"
    return write_whole(folder / name, to_text(ADAPTER, floor).encode())
