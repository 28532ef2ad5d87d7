"""A quantity: a number with its unit, as a suite writes it (`300 ms`, `2 GiB`, `16 kHz`)."""

from __future__ import annotations

import math
import re

DURATION_MS = {"us": 1e-3, "ms": 1.0, "s": 1e3, "min": 6e4, "h": 3.6e6, "d": 8.64e7}
LONGEST_MS = 24 * DURATION_MS["h"]  # of whatever is asked for
SIZE_BYTES = {
    "B": 1.0,
    "kB": 1e3,
    "MB": 1e6,
    "GB": 1e9,
    "KiB": 2.0**10,
    "MiB": 2.0**20,
    "GiB": 2.0**30,
}
_QUANTITY = re.compile(
    r"^\s*(?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)(?:\s+1(?=/))?\s*(?P<unit>%|[A-Za-z]*(?:/[a-z]+)?)\s*$"
)


def parse_quantity(text: str) -> tuple[float, str | None]:
    """Return the number and unit of `text`; a percentage becomes a bare ratio.

    >>> parse_quantity("300 ms")
    (300.0, 'ms')
    >>> parse_quantity("2%")
    (0.02, None)
    >>> parse_quantity("2 1/min") == parse_quantity("2/min") == (2.0, "1/min")
    True

    Raises:
        ValueError: `text` is no finite number with an optional unit.
    """
    match = _QUANTITY.match(text)
    if match is None or not math.isfinite(float(match["number"])):
        raise ValueError(f"cannot read {text!r} as a number with a unit, for example 300 ms or 64 MiB")
    number = float(match["number"])
    unit = match["unit"]
    if unit == "%":
        return number / 100.0, None
    return number, f"1{unit}" if unit.startswith("/") else unit or None


def duration_ms(text: str) -> float:
    """Return the duration that `text` writes, in milliseconds.

    Raises:
        ValueError: no unit, or one that is no time unit.
    """
    number, unit = parse_quantity(text)
    if unit not in DURATION_MS:
        raise ValueError(
            f"{text!r} has {_unit_words(unit)}: write a duration in {', '.join(DURATION_MS)}, for example 300 ms"
        )
    return number * DURATION_MS[unit]


def size_bytes(text: str) -> int:
    """Return the size that `text` writes, in bytes.

    Raises:
        ValueError: no unit, one that is no size unit, or more than a number can be.
    """
    number, unit = parse_quantity(text)
    if unit not in SIZE_BYTES:
        raise ValueError(
            f"{text!r} has {_unit_words(unit)}: write a size in {', '.join(SIZE_BYTES)}, for example 2 GiB"
        )
    size = number * SIZE_BYTES[unit]
    if not math.isfinite(size):
        raise ValueError(f"{text!r} is larger than any size: write one that there is, for example 2 GiB")
    return round(size)


def decibels(text: str) -> float:
    """Return the ratio that `text` writes in decibels, e.g. -3.0 of `-3 dB`.

    Raises:
        ValueError: no unit, or another.
    """
    number, unit = parse_quantity(text)
    if unit != "dB":
        raise ValueError(f"{text!r} has {_unit_words(unit)}: write decibels, for example 10 dB")
    return number


def convert(number: float, from_unit: str | None, to_unit: str | None) -> float:
    """Return `number` of `from_unit` in `to_unit`; a missing `from_unit` counts as `to_unit`.

    Raises:
        ValueError: the units do not measure the same thing.
    """
    if from_unit is None or from_unit == to_unit:
        return number
    for table in (DURATION_MS, SIZE_BYTES):
        if from_unit in table and to_unit in table:
            return number * table[from_unit] / table[to_unit]
    raise ValueError(f"{from_unit} cannot be compared with {to_unit or 'a bare number'}")


def _unit_words(unit: str | None) -> str:
    return "no unit" if unit is None else f"the unit {unit!r}"
