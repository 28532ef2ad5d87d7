"""Tests of reading numbers with units."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from josie_bench.terms.quantity import DURATION_MS, SIZE_BYTES, convert, duration_ms, parse_quantity, size_bytes

NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
UNITS = st.sampled_from([*DURATION_MS, *SIZE_BYTES, "kHz", "windows", "/min"])


@given(number=NUMBERS, unit=UNITS, space=st.sampled_from(["", " ", "  "]))
def test_quantity_is_read_back_exactly(number: float, unit: str, space: str) -> None:
    read = f"1{unit}" if unit.startswith("/") else unit
    assert parse_quantity(f"{space}{number!r}{space}{unit}{space}") == (number, read)


@given(NUMBERS)
def test_bare_number_has_no_unit(number: float) -> None:
    assert parse_quantity(repr(number)) == (number, None)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("300 ms", (300.0, "ms")),
        ("2%", (0.02, None)),
        ("-.5 s", (-0.5, "s")),
        ("1e3us", (1000.0, "us")),
        ("3.", (3.0, None)),
        ("+16 kHz", (16.0, "kHz")),
        ("2 1/min", (2.0, "1/min")),
        ("2/min", (2.0, "1/min")),
        ("21/min", (21.0, "1/min")),
    ],
)
def test_quantity_is_number_and_unit(text: str, expected: tuple[float, str | None]) -> None:
    assert parse_quantity(text) == expected


@pytest.mark.parametrize(
    "text", ["", "ms", "1 2", "1,5 ms", "nan", "inf ms", "1e999", "300 ms!", "--1", "1 %%", "2 1 ms"]
)
def test_what_is_no_quantity_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="as a number with a unit"):
        parse_quantity(text)


@given(st.text(max_size=12))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        number, unit = parse_quantity(text)
    except ValueError:
        return
    assert math.isfinite(number)
    assert unit is None or unit.strip() == unit


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("250 us", 0.25),
        ("300ms", 300.0),
        ("1.5 s", 1500.0),
        ("2 min", 120_000.0),
        ("1 h", 3_600_000.0),
        ("30d", 2_592_000_000.0),
    ],
)
def test_duration_is_in_milliseconds(text: str, ms: float) -> None:
    assert duration_ms(text) == ms


@pytest.mark.parametrize(
    ("text", "count"), [("7 B", 7), ("2 kB", 2_000), ("1 KiB", 1_024), ("1.5 MiB", 1_572_864), ("2 GiB", 2_147_483_648)]
)
def test_size_is_in_bytes(text: str, count: int) -> None:
    assert size_bytes(text) == count


@pytest.mark.parametrize(
    ("text", "words"), [("300", "no unit"), ("3 MiB", "the unit 'MiB'"), ("3 MS", "the unit 'MS'")]
)
def test_duration_without_a_time_unit_is_refused(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=f"has {words}: write a duration in us, ms, s"):
        duration_ms(text)


@pytest.mark.parametrize("text", ["3", "3 ms", "3 mib"])
def test_size_without_a_size_unit_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="write a size in B, kB"):
        size_bytes(text)


@pytest.mark.parametrize(
    ("number", "from_unit", "to_unit", "expected"),
    [
        (0.3, "s", "ms", 300.0),
        (2.0, "GiB", "MiB", 2048.0),
        (5.0, None, "ms", 5.0),
        (5.0, "windows", "windows", 5.0),
        (5.0, None, None, 5.0),
    ],
)
def test_conversion_within_one_kind(number: float, from_unit: str | None, to_unit: str | None, expected: float) -> None:
    assert convert(number, from_unit, to_unit) == pytest.approx(expected)


@given(number=st.floats(-1e9, 1e9), pair=st.permutations(list(DURATION_MS)))
def test_conversion_there_and_back_is_the_same(number: float, pair: list[str]) -> None:
    there = convert(number, pair[0], pair[1])
    assert convert(there, pair[1], pair[0]) == pytest.approx(number)


@pytest.mark.parametrize(("from_unit", "to_unit"), [("ms", "MiB"), ("ms", None), ("kHz", "Hz"), ("ms", "ratio")])
def test_units_of_different_kinds_are_not_compared(from_unit: str, to_unit: str | None) -> None:
    with pytest.raises(ValueError, match=f"{from_unit} cannot be compared with"):
        convert(1.0, from_unit, to_unit)


def test_a_size_beyond_all_numbers_is_refused() -> None:
    with pytest.raises(ValueError, match="'1e308 GiB' is larger than any size"):
        size_bytes("1e308 GiB")
