"""Who is sent away, when, and after what; in units of a hop of 100 and a deadline of 100."""

from __future__ import annotations

from josie_bench.terms.eviction import Evictor


def evictor(missed=0.5, over_ns=200):
    return Evictor(missed=missed, over_ns=over_ns, hop_ns=100, deadline_ns=100)


def test_the_newest_of_those_that_are_there_goes_and_the_last_one_stays():
    """Session 2 had its last window at 100, and 1 at 290: at 300 there are 0 and 1."""
    found = evictor()
    for session, close_ns in ((2, 100), (1, 290), (0, 300)):
        found.came(session, close_ns)
    found.look(100)
    found.answered(100, 201)
    found.look(300)
    assert found.gone == {1}
    found.came(1, 390)
    found.answered(300, 401)
    found.look(500)
    assert found.gone == {1}


def test_it_looks_for_as_long_as_it_looks_back_before_each():
    found = evictor()
    for session in range(3):
        found.came(session, 100)
    found.look(100)
    found.answered(100, 210)
    found.look(299)
    assert found.gone == set()
    found.look(300)
    assert found.gone == {2}
    found.answered(100, 310)
    found.look(499)
    assert found.gone == {2}
    found.look(500)
    assert found.gone == {2, 1}


def test_the_bound_itself_is_kept_and_the_deadline_is_in_time():
    assert [_gone(bound, late=1) for bound in (0.5, 0.49)] == [set(), {1}]
    assert _gone(0.0, late=0) == set()


def _gone(bound, late):
    """Return who goes where one window is answered at the deadline and another so much later, or dropped."""
    found = evictor(bound)
    for session in range(2):
        found.came(session, 100)
    found.look(0)
    found.answered(100, 200)
    found.answered(100, 200 + late)
    found.look(200 + late)
    return found.gone


def test_a_dropped_window_was_missed_and_what_ended_too_long_ago_does_not_count():
    found = evictor()
    for session in range(2):
        found.came(session, 100)
    found.look(100)
    found.dropped(150)
    found.look(350)  # 150 is 200 ago
    assert found.gone == set()
    found.dropped(360)
    found.look(370)
    assert found.gone == {1}


def test_nothing_is_known_where_nothing_was_answered():
    found = evictor(missed=0.0)
    found.came(0, 100)
    found.came(1, 100)
    found.look(100)
    found.look(1000)
    assert found.gone == set()
