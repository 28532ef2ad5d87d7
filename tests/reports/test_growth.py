"""The table of exponents: what, along which size, between which, with its interval."""

from __future__ import annotations

from josie_bench.reports._growth import HEADS, growth_rows, growth_table
from tests.statistics.test_growth import quadratic


def test_a_row_says_what_grows_along_what_and_how():
    rows = growth_rows(quadratic())
    what, along, between, exponent, count = rows[0]
    assert (what, along, between, count) == ("audio_encoder", "length of the window", "100 and 400 ms, 3 sizes", "6")
    assert exponent == "2.00 [2.00, 2.00]"
    assert [row[0] for row in rows] == ["audio_encoder", "the whole window", "memory beyond the libraries"]
    assert all(len(row) == len(HEADS) for row in rows)


def test_what_has_no_exponent_says_why():
    rows = growth_rows(quadratic(rounds=4))
    assert rows[0][3].startswith("n/a: 4 rounds cannot bound a median")


def test_cases_that_do_not_differ_make_no_table():
    assert growth_table(quadratic()[:2]).rows == ()
