"""Settings of a case that are read again out of a result, and what they can be; all others are only shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AfterValidator, Field, TypeAdapter, ValidationError

from josie_bench.terms.quantity import decibels, duration_ms


def _duration(value: Any) -> Any:
    """Return what it was given.

    Raises:
        ValueError: it is a text that says no duration.
    """
    if isinstance(value, str):
        duration_ms(value)
    return value


def _snr(value: str | None) -> str | None:
    """Return what it was given.

    Raises:
        ValueError: it is a text that says no decibels.
    """
    if value is not None:
        decibels(value)
    return value


Count = Annotated[int, Field(ge=0, lt=2**31)]
Duration = Annotated[Any, AfterValidator(_duration)]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Dropout:
    of: list[str]
    present: Count | None
    absent: Count | None
    lost: Annotated[float, Field(ge=0.0, le=1.0)]
    burst: Annotated[float, Field(ge=1.0, allow_inf_nan=False)]
    late: Annotated[str, AfterValidator(_duration)]
    snr: Annotated[str | None, AfterValidator(_snr)] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Law:
    clock: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Settings:
    window: Duration = None
    hop: Duration = None
    context: Count | None = None
    layers: dict[str, Count] | None = None
    dropout: _Dropout | None = None
    simulated: _Law | None = None


SETTINGS = TypeAdapter(_Settings)


def fault_in(settings: Mapping[str, object]) -> str | None:
    """Return the first setting that is what it cannot be, and why; None where there is none."""
    try:
        SETTINGS.validate_python(dict(settings))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        return f"settings.{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return None
