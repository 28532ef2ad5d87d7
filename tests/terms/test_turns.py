"""When typed turns begin: held against the gamma law as scipy knows it, and against the hops that they come with."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from itertools import islice

import numpy as np
import pytest
from scipy import stats

from josie_bench.terms.schedule import Blocks, slots
from josie_bench.terms.sessions import Sessions, Timetable
from josie_bench.terms.turns import Turns, turn_instants_ns
from tests.bench.cases import make_case
from tests.runtime.timetables import make_timetable

MS = 1_000_000
HOP_MS = 1.0  # so short that no two turns fall into one hop, or very few


def places(turns, count, seed=0, blocks=None, hop_ms=HOP_MS):
    bare = slots(blocks or Blocks(), window_ms=hop_ms, hop_ms=hop_ms)
    return list(islice(turns.over(bare, np.random.default_rng(seed)), count))


def begins(found):
    return np.array([place.turn_ns for place in found if place.turn_ns is not None])


@pytest.mark.parametrize("variation", [0.3, 1.0, 2.0])
def test_the_time_between_turns_has_the_law_s_mean_and_variation(variation):
    """Of 100 ms on average; what falls into one hop of 1 ms is one turn, which matters to bursts alone."""
    found = np.diff(begins(places(Turns(every_ms=100.0, variation=variation), 40_000))) / MS
    law = stats.gamma(a=variation**-2, scale=100.0 * variation**2)
    merged = law.cdf(HOP_MS) / 2.0
    assert np.mean(found) == pytest.approx(100.0, rel=4.0 * variation / 400**0.5 + 2.0 * merged)
    assert np.std(found) / np.mean(found) == pytest.approx(variation, rel=0.3)


def test_regular_turns_come_at_one_distance_from_an_instant_of_their_own():
    first, second = (begins(places(Turns(every_ms=30.0, variation=0.0), 1000, seed)) for seed in (1, 2))
    assert set(np.diff(first)) == {30 * MS}
    assert first[0] != second[0]
    assert 0 <= first[0] < 30 * MS


def test_a_turn_comes_with_the_hop_in_which_it_begins_and_a_second_one_there_is_part_of_it():
    for place in places(Turns(every_ms=2.0, variation=1.0), 5000):
        assert place.turn_ns is None or place.start_ns <= place.turn_ns < place.close_ns
    often = places(Turns(every_ms=1.0, variation=1.0), 5000)
    assert np.mean([place.turn_ns is not None for place in often]) == pytest.approx(1.0 - np.exp(-1.0), abs=0.03)


def test_what_begins_in_a_pause_comes_with_the_window_after_it():
    blocks = Blocks(windows=10, pause_ms=100.0)
    found = places(Turns(every_ms=20.0, variation=0.0), 30, blocks=blocks)
    waited = [place.start_ns - place.turn_ns for place in found if place.turn_ns is not None]
    assert max(waited) > 80 * MS
    assert found[10].turn_ns is not None


def test_sessions_begin_turns_independently_and_every_process_agrees():
    turns = Turns(every_ms=1000.0)
    table = replace(make_timetable(count=2), turns=turns)
    arrivals = list(islice(table.arrivals(), 4000))
    again = Timetable.from_json(json.loads(json.dumps(asdict(table)))).arrivals()
    assert list(islice(again, 4000)) == arrivals
    of_each = [{a.slot.index for a in arrivals if a.session == s and a.slot.turn_ns is not None} for s in (0, 1)]
    assert all(of_each)
    assert len(of_each[0] & of_each[1]) < 0.5 * len(of_each[0])


def test_one_session_s_timetable_and_its_case_say_the_same():
    case = make_case(turns=Turns(every_ms=700.0), sessions=Sessions())
    arrivals = islice(case.timetable(trial=3).arrivals(), 200)
    assert [arrival.slot for arrival in arrivals] == list(islice(case.slots(), 200))
    assert begins(islice(case.slots(), 200)).size


def test_instants_are_on_the_clock_on_which_windows_close():
    found = places(Turns(every_ms=5.0, variation=0.0), 40)
    closes = np.array([place.close_ns for place in found]) + 7_000 * MS
    instants = turn_instants_ns(found, closes)
    assert [at - 7_000 * MS for at in instants[instants > 0]] == begins(found).tolist()
    assert turn_instants_ns([], closes[:0]).tolist() == []
