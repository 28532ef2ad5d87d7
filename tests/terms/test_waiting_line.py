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


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 3))), st.integers(0, 25), st.booleans())
def test_a_batch_is_the_first_of_each_place_and_the_others_keep_their_order(windows, now, sheds):
    """Against sorting all that wait and looking for each place's first."""
    line = WaitingLine[tuple[int, int]](sheds=sheds)
    for index, (due, place) in enumerate(windows):
        line.join(due, (index, place))
    order = sorted((due, index, place) for index, (due, place) in enumerate(windows))
    alive = [(index, place) for due, index, place in order if not sheds or due >= now]
    first = {place: (index, place) for index, place in reversed(alive)}
    together = line.take_together(now, lambda window: window[1])
    assert sorted(together) == sorted(first.values())
    assert together == [window for window in alive if window in together]
    assert sorted(line.dropped) == sorted((index, place) for due, index, place in order if sheds and due < now)
    rest = [window for window in alive if window not in together]
    assert [line.take(0) for _ in rest] == rest
    assert line.take_together(0, lambda window: window[1]) == []


def test_else_all_are_served_however_late():
    line = line_of([5, 9])
    assert [line.take(100), line.take(100)] == [0, 1]
    assert not line.dropped


def test_who_is_gone_has_its_windows_dropped_at_their_turn():
    gone = set()
    line = WaitingLine[int](is_gone=lambda index: index in gone)
    for index in range(4):
        line.join(10 + index, index)
    gone |= {1, 2}
    assert line.take(100) == 0
    assert line.dropped == []
    assert line.take_together(100, lambda index: index) == [3]
    assert line.dropped == [1, 2]
