"""What one of our files of weights says of itself, in its header. No torch here."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path

from josie_bench.errors import WeightsError
from josie_bench.model.safetensors_reader import opened

FORMAT = "josie-bench/weights.v1"
# One key: safetensors writes several in an order that changes from run to run, and so would the file's sha256.
METADATA_KEY = "josie-bench"


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """What one of our files says of itself.

    Attributes:
        preset: whose parameters it holds.
        layout: the published layout they came in.
        source: what they were imported from: `org/name@commit`, or a file's or folder's name.
        files: sha256 of each published file, by its name.
        ablate: what was switched off while they learnt; without that they mean something else.
    """

    preset: str
    layout: str
    source: str
    files: dict[str, str]
    ablate: tuple[str, ...] = ()


def file_preset(file: Path) -> str:
    """Return the preset that one of our files holds weights of.

    Raises:
        WeightsError: it is no such file.
    """
    return read_label(file).preset


def read_label(file: Path) -> Label:
    """Return what one of our files says of itself.

    Raises:
        WeightsError: it is no such file.
    """
    with opened(file) as reader:
        text = (reader.metadata() or {}).get(METADATA_KEY)
        is_empty = not list(reader.keys())
    mend = f"bring it in with josie-bench weights import {file} --preset PRESET"
    if text is None:
        raise WeightsError(f"{file}: not a file of josie-bench's: {mend}")
    label = _parse_label(text)
    if label is None:
        raise WeightsError(f"{file}: its label cannot be read: import the weights again")
    if is_empty:
        raise WeightsError(f"{file}: holds no weights: import them again")
    return label


@cache
def components_in(file: Path) -> frozenset[str]:
    """Return the names of the components that a file gives parameters of; it is read once in a process.

    Raises:
        WeightsError: it is no whole safetensors file.
    """
    with opened(file) as reader:
        return frozenset(name.partition(".")[0] for name in reader.keys())  # noqa: SIM118


def _parse_label(text: str) -> Label | None:
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(content, dict) or content.pop("format", None) != FORMAT:
        return None
    ablate = content.pop("ablate", [])  # written where something is switched off
    if content.keys() != {field.name for field in fields(Label)} - {"ablate"}:
        return None
    if not isinstance(content["files"], dict) or not isinstance(ablate, list):
        return None
    strings = [content["preset"], content["layout"], content["source"], *content["files"].values(), *ablate]
    return Label(**content, ablate=tuple(ablate)) if all(isinstance(part, str) for part in strings) else None
