"""The line of waiting windows: earliest deadline first, and what is dropped."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from josie_bench.terms.waiting_line import WaitingLine


def line_of(dues, *, sheds=False):
    line = WaitingLine[int](sheds=sheds)
    for index, due in enumerate(dues):
        line.join(due, index)
    return line


@given(st.lists(st.integers(0, 20)))
def test_the_earliest_deadline_is_first_and_of_equal_ones_who_came_first(dues):
    line = line_of(dues)
    taken = [line.take(10**9) for _ in dues]
    assert taken == [index for _, index in sorted((due, index) for index, due in enumerate(dues))]
    assert line.take(0) is None


def test_a_window_whose_deadline_is_over_is_dropped_where_that_is_wanted():
    line = line_of([5, 9, 10, 30], sheds=True)
    assert line.take(10) == 2  # due just now: not over yet
    assert line.dropped == [0, 1]
    assert len(line) == 1
    assert line.waiting() == [3]
    assert line.take(31) is None
    assert line.dropped == [0, 1, 3]


def test_else_all_are_served_however_late():
    line = line_of([5, 9])
    assert [line.take(100), line.take(100)] == [0, 1]
    assert not line.dropped
