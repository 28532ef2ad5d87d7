"""How far a ring grows."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from josie_bench.terms.allocation import FIRST_POSITIONS, grown


@given(full=st.integers(1, 10_000), positions=st.integers(0, 20_000))
def test_a_ring_holds_what_came_and_less_than_twice_of_it(full, positions):
    capacity = grown(full, positions)
    assert min(positions, full) <= capacity <= full
    assert capacity < 2 * max(positions, FIRST_POSITIONS)


@given(full=st.integers(1, 10_000), first=st.integers(0, 20_000), later=st.integers(0, 20_000))
def test_how_it_came_there_does_not_matter(full, first, later):
    """What comes in two parts leaves the ring as large as what comes at once."""
    low, high = sorted((first, later))
    assert max(grown(full, low), grown(full, high)) == grown(full, high)
