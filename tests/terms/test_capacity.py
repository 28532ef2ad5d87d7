"""What a search for the most sessions goes by."""

from __future__ import annotations

from josie_bench.terms.capacity import HELD, MISSED, MOST_AT_A_LEVEL, OPEN, SETTLED, TOO_MANY, WEIGHTS, Search


def test_two_of_three_verdicts_settle_a_level():
    assert WEIGHTS[HELD] == -WEIGHTS[OPEN] == -WEIGHTS[MISSED]
    assert WEIGHTS[HELD] < SETTLED <= 2 * WEIGHTS[HELD]
    assert MOST_AT_A_LEVEL == 3


def test_a_level_that_is_too_many_is_settled_after_it_held_as_well():
    assert WEIGHTS[HELD] + WEIGHTS[TOO_MANY] <= -SETTLED


def test_a_search_begins_with_one_session_and_asks_for_none():
    assert Search() == Search(target=0.01, first=1, most=64, probes=24, least=None)
