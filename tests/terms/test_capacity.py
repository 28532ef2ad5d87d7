"""What a search for the most sessions goes by."""

from __future__ import annotations

from josie_bench.terms.capacity import HELD, MISSED, MOST_AT_A_LEVEL, OPEN, SETTLED, WEIGHTS, Search


def test_two_of_three_verdicts_settle_a_level_and_one_beyond_doubt_does():
    assert 2 * WEIGHTS[HELD] >= SETTLED
    assert -2 * WEIGHTS[OPEN] >= SETTLED
    assert -WEIGHTS[MISSED] >= SETTLED
    assert max(WEIGHTS[HELD], -WEIGHTS[OPEN]) < SETTLED
    assert MOST_AT_A_LEVEL == 3


def test_a_search_begins_with_one_session_and_asks_for_none():
    assert Search() == Search(target=0.01, first=1, most=64, probes=24, least=None)
