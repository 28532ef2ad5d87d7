"""The door: who finds a seat, who is refused, and which number each has."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from josie_bench.terms.admission import Door


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
