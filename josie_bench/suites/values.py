"""What a setting's value may be, whatever the setting: durations, one of some names, several of a kind, engines."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BeforeValidator, GetCoreSchemaHandler, GetJsonSchemaHandler, WithJsonSchema
from pydantic_core import CoreSchema, core_schema

from josie_bench.errors import UsageError
from josie_bench.model.presets import find_preset
from josie_bench.plugins import member_names, unknown_name
from josie_bench.terms.precision import PRECISIONS
from josie_bench.terms.quantity import LONGEST_MS, SIZE_BYTES, decibels, duration_ms, size_bytes

T = TypeVar("T")
MOST_DB = 100.0  # either way: samples of 16 bits tell no more
MOST_BYTES = 1024 * int(SIZE_BYTES["GiB"])


def _duration(value: object) -> float:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} has no unit: write a duration such as 300 ms")  # noqa: TRY004  pydantic's protocol
    found = duration_ms(value)
    if found < 0:
        raise ValueError(f"{value!r} is negative: a duration is not")
    if found > LONGEST_MS:
        raise ValueError(f"{value!r} is longer than a day: write at most 24 h")
    return found


def _snr(value: object) -> object:
    if value is None:
        return None
    if not isinstance(value, str):
        raise ValueError(f"{value!r} has no unit: write decibels such as 10 dB")  # noqa: TRY004  pydantic's protocol
    found = decibels(value)
    if abs(found) > MOST_DB:
        raise ValueError(f"{value!r} is out of all hearing: write -{MOST_DB:g} dB to {MOST_DB:g} dB")
    return found


def _size(value: object) -> object:
    """Return the bytes of a size; a default is in bytes already."""
    if not isinstance(value, str):
        raise ValueError(f"{value!r} has no unit: write a size such as 1 GiB")  # noqa: TRY004  pydantic's protocol
    found = size_bytes(value)
    if not 0 <= found <= MOST_BYTES:
        raise ValueError(f"{value!r} is no size of memory: write 0 B to 1024 GiB")
    return found


def _null_by_name(value: object) -> object:
    """Return `null` for YAML's null: the backend bears that name, and nobody quotes it."""
    return "null" if value is None else value


def _positive(value: float) -> float:
    if value <= 0:
        raise ValueError("must be longer than 0 ms")
    return value


def _engine(value: str) -> str:
    backend, _, precision = value.partition("-")
    if backend not in (known := member_names("backends")):
        raise ValueError(unknown_name("backend", backend, known))
    if precision and precision not in PRECISIONS:
        raise ValueError(f"{unknown_name('precision', precision, PRECISIONS)} (write backend-precision, one of each)")
    return value


def _preset(value: str) -> str:
    try:
        find_preset(value)
    except UsageError as error:
        raise ValueError(str(error)) from error
    return value


def _as_tuple(value: object) -> object:
    """Return a list as a tuple, and one text as a list of one."""
    if isinstance(value, str):
        return (value,)
    return tuple(value) if isinstance(value, list) else value


def _once(values: tuple[T, ...]) -> tuple[T, ...]:
    for index, value in enumerate(values):
        if value in values[:index]:
            raise ValueError(f"{value!r} stands there twice: write it once")
    return values


@dataclass(frozen=True, slots=True)
class Known:
    """Marks a text as one of some names; those that no package can add to stand in the published schema."""

    kind: str
    names: tuple[str, ...] | Callable[[], Collection[str]]

    def _checked(self, value: str) -> str:
        known = self.names() if callable(self.names) else self.names
        if value not in known:
            raise ValueError(unknown_name(self.kind, value, known))
        return value

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._checked, handler(source))

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return handler(core) | ({} if callable(self.names) else {"enum": [*self.names]})


@dataclass(frozen=True, slots=True)
class _OneAlone:
    """Tells the published schema that one text may stand for a list of one."""

    def __get_pydantic_json_schema__(self, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        several = handler(core) | {"uniqueItems": True}
        return {"anyOf": [several["items"], several]}


Listed = Annotated[tuple[T, ...], BeforeValidator(lambda value: tuple(value) if isinstance(value, list) else value)]
Several = Annotated[tuple[T, ...], BeforeValidator(_as_tuple), AfterValidator(_once), _OneAlone()]
Preset = Annotated[str, AfterValidator(_preset)]
EngineName = Annotated[str, BeforeValidator(_null_by_name), AfterValidator(_engine)]
Backend = Annotated[str, BeforeValidator(_null_by_name), Known("backend", lambda: member_names("backends"))]
SIZE_SCHEMA = WithJsonSchema({"type": "string", "pattern": r"^\s*[0-9.]+\s*(kB|MB|GB|KiB|MiB|GiB|B)\s*$"})
Size = Annotated[int, BeforeValidator(_size), SIZE_SCHEMA]
SNR_SCHEMA = WithJsonSchema({"type": ["string", "null"], "pattern": r"^\s*[-+]?[0-9.]+\s*dB\s*$"})
Snr = Annotated[float | None, BeforeValidator(_snr), SNR_SCHEMA]
DURATION_SCHEMA = WithJsonSchema({"type": "string", "pattern": r"^\s*[0-9.]+\s*(us|ms|s|min|h|d)\s*$"})
Duration = Annotated[float, BeforeValidator(_duration), DURATION_SCHEMA]
PositiveDuration = Annotated[float, BeforeValidator(_duration), AfterValidator(_positive), DURATION_SCHEMA]
