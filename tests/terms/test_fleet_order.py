"""Where workers are asked for."""

from __future__ import annotations

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from josie_bench.terms import fleet_order
from josie_bench.terms.fleet_order import parse_where


def test_the_examples_hold():
    assert doctest.testmod(fleet_order).failed == 0


@given(count=st.integers(1, 4096))
def test_a_number_of_local_workers_is_read_as_it_is_written(count):
    assert parse_where(f"local:{count}") == ("local", count)


@pytest.mark.parametrize(
    "text",
    ["", "local:0", "local:4097", "local:-1", "local:two", "Local", "ray", "ray://host", "ray://:10001", "ray://a b:1"],
)
def test_anything_else_is_refused_with_what_to_write(text):
    with pytest.raises(ValueError, match="write local:2, ray://host:10001 or auto"):
        parse_where(text)
