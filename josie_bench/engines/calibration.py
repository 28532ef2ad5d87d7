"""Calibration sets: what each component was given in real windows, saved beside the engines that were built from it.

A set is a folder of the store like an engine's: content-addressed, sealed by a manifest. It is recorded by running the
FP32 reference over the bundled recordings, or over those that a case names (`bench.calibration`), before the engines
that look at it are built.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from josie_bench.engines.code_digest import code_digest
from josie_bench.errors import EngineError
from josie_bench.streams import media_digest
from josie_bench.terms.calibration_choice import WINDOWS, CalibrationChoice

MOST_CALLS = 24  # kept of each component, spread over the windows
# What cuts the windows and takes them through the reference.
RECORDER = ("bench/calibration.py", "bench/media.py", "runtime", "scenarios", "streams")

Call = dict[str, NDArray[Any]]


def calibration_ingredients(chosen: CalibrationChoice | None = None) -> dict[str, Any]:
    """Return what a calibration set is made of besides the model; nothing is recorded to know it.

    Args:
        chosen: a case's own; None for the usual set.
    """
    made_of = {"calls": MOST_CALLS, "recorder": code_digest(RECORDER)}
    if chosen is None:
        return {"windows": WINDOWS, "media": media_digest()} | made_of
    return {"windows": chosen.windows, "recordings": chosen.sha256} | made_of


def is_of_today(made_of: Mapping[str, Any]) -> bool:
    """Return whether a set of these ingredients can still be asked for: a case's own recordings may lie anywhere."""
    today = calibration_ingredients()
    decided = today.keys() - {"windows", "media"} if "recordings" in made_of else today.keys()
    return all(made_of.get(name) == today[name] for name in decided)


def write_calls(folder: Path, component: str, calls: Sequence[Call]) -> None:
    """Write a component's calls: its inputs by name and its state as `state.NAME`, as the exported graph names them."""
    arrays = {f"{index}/{name}": array for index, call in enumerate(calls) for name, array in call.items()}
    np.savez(folder / f"{component}.npz", allow_pickle=False, **arrays)


def read_calls(folder: Path, component: str) -> Iterator[Call]:
    """Yield the calls of a component in the order they came.

    Raises:
        EngineError: the set holds none of that component.
    """
    file = folder / f"{component}.npz"
    if not file.is_file():
        raise EngineError(f"{folder}: the calibration set holds nothing of {component}: delete the folder")
    with np.load(file, allow_pickle=False) as arrays:
        names = [name.split("/", 1) for name in arrays.files]
        for index in range(max(int(number) for number, _ in names) + 1):
            yield {name: arrays[f"{index}/{name}"] for number, name in names if int(number) == index}


def spread(calls: Sequence[Call]) -> list[Call]:
    """Return at most `MOST_CALLS` of the calls, evenly spread, the last among them."""
    if len(calls) <= MOST_CALLS:
        return list(calls)
    chosen = np.linspace(0, len(calls) - 1, MOST_CALLS).round().astype(int)
    return [calls[int(index)] for index in chosen]
