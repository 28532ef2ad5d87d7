"""The door: who finds a seat, who is refused, and which number each has; and who is let in by a forecast."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from josie_bench.terms.admission import Door, Forecaster


def test_who_comes_takes_the_first_free_seat_and_nobody_comes_in_when_all_are_taken():
    door = Door(seats=2)
    assert [door.enter(place) for place in (5, 7, 9)] == [True, True, False]
    assert door.inside == {5: (0, 0), 7: (1, 1)}
    door.leave(5)
    assert door.enter(9)
    assert door.inside == {7: (1, 1), 9: (3, 0)}  # number 2 was refused


def test_without_seats_each_place_is_one_and_nobody_is_refused():
    door = Door()
    assert all(door.enter(place) for place in (3, 1, 2))
    assert door.inside == {3: (0, 3), 1: (1, 1), 2: (2, 2)}


@given(st.integers(1, 4), st.lists(st.integers(0, 7)))
def test_no_seat_is_taken_twice(seats, moves):
    """Each move is of a place: who is in leaves, who is not asks."""
    door = Door(seats=seats)
    for asked, place in enumerate(moves):
        if place in door.inside:
            door.leave(place)
        else:
            assert door.enter(place) == (place in door.inside)
        taken = [seat for _, seat in door.inside.values()]
        assert len(set(taken)) == len(taken) <= seats
        assert all(0 <= seat < seats for seat in taken)
        assert door.asked <= asked + 1


def forecaster(busy=0.5, over_ns=50):
    return Forecaster(busy=busy, over_ns=over_ns, hop_ns=100)


def test_nobody_is_refused_where_nobody_is_there_and_everybody_where_nothing_was_measured():
    forecast = forecaster(busy=0.01)
    assert forecast.lets_in(0, 100)
    assert not forecast.lets_in(1, 110)  # nothing is measured yet
    forecast.note(120, 90)
    assert not forecast.lets_in(2, 130)
    assert forecast.lets_in(3, 211)  # who came before has had no window for longer than a hop


def test_one_more_is_let_in_while_the_median_times_all_of_them_fits():
    """The median of 10, 20 and 90 is 20: three of 20 are more than half of 100, two are not."""
    forecast = forecaster()
    assert forecast.lets_in(0, 100)
    for finished, took in ((110, 10), (120, 20), (140, 90)):
        forecast.note(finished, took)
    assert [forecast.lets_in(session, 150) for session in (1, 2)] == [True, False]
    assert forecast.lets_in(1, 250)
    assert not forecast.lets_in(2, 250)  # it was told once and for all


def test_the_bound_itself_is_kept():
    assert [_second(busy) for busy in (0.4, 0.39)] == [True, False]


def _second(busy):
    forecast = forecaster(busy)
    forecast.lets_in(0, 100)
    forecast.note(120, 20)
    return forecast.lets_in(1, 150)


def test_what_was_answered_too_long_ago_or_is_not_yet_does_not_count():
    """Of 60 ns two do not fit into half a hop, of 20 they do."""
    forecast = forecaster()
    forecast.lets_in(0, 100)
    forecast.note(105, 60)
    forecast.note(130, 20)
    forecast.note(170, 60)
    assert forecast.lets_in(1, 155)  # 105 is 50 ago, 170 is to come
    assert not forecast.lets_in(2, 180)


def test_who_is_back_after_a_while_was_let_in_before():
    forecast = forecaster()
    assert forecast.lets_in(0, 100)
    forecast.note(105, 10)
    assert forecast.lets_in(1, 110)
    forecast.note(390, 90)
    assert forecast.lets_in(0, 400)
    assert not forecast.lets_in(2, 410)
    assert forecast.lets_in(1, 420)


def test_windows_of_those_refused_are_counted_once_when_it_is_the_turn_of_one_that_closed_later():
    forecast = forecaster(busy=0.01)
    assert [forecast.lets_in(session, close) for session, close in ((0, 100), (1, 110), (1, 210))] == [
        True,
        False,
        False,
    ]
    assert [forecast.passed(close) for close in (110, 200, 220, 300)] == [0, 1, 1, 0]
