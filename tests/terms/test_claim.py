"""Statements: how a printed number is read, and when another stands to it as it must."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from josie_bench.terms.claim import (
    ABOVE,
    AT_LEAST,
    AT_MOST,
    BELOW,
    KINDS,
    RELATIONS,
    SAME,
    SETTLED,
    VERDICTS,
    Figure,
    printed,
    stands,
)

NUMBERS = st.floats(min_value=-1e6, max_value=1e6, allow_nan=False)


def test_a_printed_number_is_known_to_half_a_unit_of_its_last_digit():
    assert printed("4.8", "kB") == Figure(value=4.8, unit="kB", slack=0.05)
    assert printed("10", "%") == Figure(value=10.0, unit="%", slack=0.5)
    assert printed("1.08", "MB").slack == pytest.approx(0.005)


@pytest.mark.parametrize(
    ("digits", "value", "is_same"),
    [("10", 9.929, True), ("73.8", 73.81, True), ("26.2", 26.24, True), ("4.8", 9.6, False), ("92", 91.4, False)],
)
def test_what_rounds_to_the_printed_digits_is_the_same(digits, value, is_same):
    assert stands(SAME, value, value, printed(digits, "")) is is_same


@given(cents=st.integers(-(10**6), 10**6), decimals=st.integers(0, 3))
def test_a_number_that_is_printed_so_is_the_same(cents, decimals):
    exact = Decimal(cents) / 1000
    digits = str(exact.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_EVEN))
    assert stands(SAME, float(exact), float(exact), printed(digits, "")) is True


@given(low=NUMBERS, high=NUMBERS, value=NUMBERS, relation=st.sampled_from(RELATIONS))
def test_an_interval_decides_only_what_both_its_ends_say(low, high, value, relation):
    low, high = sorted((low, high))
    figure = Figure(value=value, unit="", slack=0.5)
    found = stands(relation, low, high, figure)
    ends = {stands(relation, end, end, figure) for end in (low, high)}
    assert None not in ends
    if found is True:
        assert ends == {True}
    if len(ends) == 2:
        assert found is None
    if relation != SAME and len(ends) == 1:
        assert {found} == ends


def test_bounds_are_strict_only_where_they_say_so():
    figure = Figure(value=300.0, unit="ms", slack=0.5)
    assert [stands(BELOW, at, at, figure) for at in (299.9, 300.0)] == [True, False]
    assert [stands(ABOVE, at, at, figure) for at in (300.1, 300.0)] == [True, False]
    assert [stands(AT_MOST, at, at, figure) for at in (300.5, 300.6)] == [True, False]
    assert [stands(AT_LEAST, at, at, figure) for at in (299.5, 299.4)] == [True, False]
    assert stands(BELOW, 290.0, 310.0, figure) is None


def test_every_kind_and_verdict_says_what_it_is():
    assert set(SETTLED) < set(VERDICTS)
    assert all(words and not words.endswith(".") for words in (*KINDS.values(), *VERDICTS.values()))
