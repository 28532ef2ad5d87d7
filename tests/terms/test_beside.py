"""Neighbours in words: only what there is, and sizes in the largest unit that says them whole."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from josie_bench.terms.beside import Beside
from josie_bench.terms.quantity import size_bytes


@pytest.mark.parametrize(
    ("count", "text"), [(2**30, "1 GiB"), (3 * 2**29, "1536 MiB"), (2**30 + 1, "1073741825 B"), (0, "0 GiB")]
)
def test_a_size_is_said_whole(count, text):
    assert Beside(memory_bytes=count).memory == text


@given(st.integers(0, 2**40))
def test_a_size_is_read_as_it_is_written(count):
    assert size_bytes(Beside(memory_bytes=count).memory) == count


def test_only_what_there_is_stands_in_an_id():
    assert Beside().words() == {}
    assert Beside().is_nothing
    assert Beside(cpu=2, model="nano").words() == {"cpu": "2", "model": "nano"}
    assert not Beside(memory_bytes=1).is_nothing
