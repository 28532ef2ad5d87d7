"""The settings of a case: their names, where each was written, and what its value means."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from josie_bench.errors import SuiteError
from josie_bench.suites.document import Place, Placed, complaint, line_of, plain, refuse_unknown
from josie_bench.suites.groups import (
    AdmissionKeys,
    BesideKeys,
    BlockKeys,
    CapacityKeys,
    ComponentKeys,
    DropoutKeys,
    EvictionKeys,
    GpuMemoryKeys,
    LayerKeys,
    SimulatedKeys,
    StreamKeys,
    TensorRTKeys,
    TurnKeys,
    VisitsKeys,
    WarmUpKeys,
    guest_streams,
)
from josie_bench.suites.schema import CaseKeys

NESTED: dict[str, type[BaseModel]] = {
    "warm_up": WarmUpKeys,
    "blocks": BlockKeys,
    "turns": TurnKeys,
    "dropout": DropoutKeys,
    "beside": BesideKeys,
    "stream": StreamKeys,
    "components": ComponentKeys,
    "tensorrt": TensorRTKeys,
    "gpu_memory": GpuMemoryKeys,
    "layers": LayerKeys,
    "simulated": SimulatedKeys,
    "admission": AdmissionKeys,
    "eviction": EvictionKeys,
    "visits": VisitsKeys,
    "capacity": CapacityKeys,
}
NOWHERE = Place(path=Path(), line=None)
Settings = Mapping[str, Placed]  # nested ones under dotted names


def setting_names() -> tuple[str, ...]:
    """Return the names of all settings, dotted for nested ones."""
    flat = [name for name in CaseKeys.model_fields if name not in NESTED]
    return (*flat, *(f"{outer}.{inner}" for outer in NESTED for inner in _inner_names(outer)))


def _inner_names(outer: str) -> list[str]:
    return [*NESTED[outer].model_fields, *(guest_streams() if outer == "stream" else [])]


def placed_settings(mapping: Mapping[str, Any], path: Path, *, skip: Collection[str] = ()) -> dict[str, Placed]:
    """Return the settings of a mapping, each with its place; nested ones get dotted names.

    Args:
        mapping: setting → value, as read from a file; its keys are known.
        path: the file it stands in.
        skip: keys that are no settings.

    Raises:
        SuiteError: what should be a mapping is none, or one of its keys is not known.
    """
    found: dict[str, Placed] = {}
    for key, value in mapping.items():
        at = Place(path=path, line=line_of(mapping, key))
        if key in skip:
            continue
        if key not in NESTED:
            found[key] = Placed(value=plain(value), at=at)
        elif isinstance(value, Mapping):
            refuse_unknown(value, _inner_names(key), path, f"key of {key}")
            found |= {f"{key}.{inner}": mark for inner, mark in placed_settings(value, path).items()}
        else:
            raise at.error(f"{key}: {plain(value)!r} is no mapping: write key: value below it")
    return found


def validated(settings: Settings, otherwise: Place) -> CaseKeys:
    """Return the settings as the schema reads them, each by itself.

    Args:
        settings: those that were written; the others take their defaults.
        otherwise: where to complain of what was not written.

    Raises:
        SuiteError: a value is none that its setting can have.
    """
    nested: dict[str, Any] = {}
    for key, mark in settings.items():
        outer, _, inner = key.partition(".")
        if inner:
            nested.setdefault(outer, {})[inner] = mark.value
        else:
            nested[key] = mark.value
    try:
        return CaseKeys.model_validate(nested)
    except ValidationError as error:
        raise complaint(error, {key: mark.at for key, mark in settings.items()}, otherwise) from error


def meaning(key: str, mark: Placed) -> Hashable:
    """Return what a value means however it is written: `0.2 s` is `200 ms`, an unquoted null the backend of that name.

    Raises:
        SuiteError: the setting cannot have this value.
    """
    return _value(validated({key: mark}, mark.at), key)


def is_default(key: str, value: object) -> bool:
    """Return whether a setting, as a lock file writes it, means the same as if it were left out.

    False for one that is not known here, or that cannot have this value.
    """
    try:
        return meaning(key, Placed(value=value, at=NOWHERE)) == _value(CaseKeys(), key)
    except SuiteError:
        return False


def _value(keys: CaseKeys, key: str) -> Hashable:
    """Return what a setting is; None of a group that is absent as a whole, or of a guest's stream that is."""
    outer, _, inner = key.partition(".")
    found: Hashable = getattr(keys, outer)
    return getattr(found, inner, None) if inner else found
