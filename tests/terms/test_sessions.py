"""Many sessions' windows: their order, their phases, places in the media, and who follows whom."""

from __future__ import annotations

import json
from dataclasses import asdict
from itertools import islice, pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from josie_bench.terms.schedule import Blocks
from josie_bench.terms.sessions import LOCKSTEP, Sessions, Timetable
from tests.runtime.timetables import make_timetable

HOP_NS = 100_000_000


def first(windows, **sessions):
    return list(islice(make_timetable(**sessions).arrivals(), windows))


@given(st.integers(1, 12), st.integers(0, 50), st.sampled_from([None, 250.0]))
def test_windows_of_all_sessions_come_in_order_a_hop_apart_in_each(count, seed, stay_ms):
    arrivals = first(count * 8, count=count, seed=seed, stay_ms=stay_ms)
    assert [arrival.index for arrival in arrivals] == list(range(count * 8))
    assert all(a.close_ns <= b.close_ns for a, b in pairwise(arrivals))
    for place in range(count):
        closes = [arrival.close_ns for arrival in arrivals if arrival.place == place]
        assert {b - a for a, b in pairwise(closes)} == {HOP_NS}


def test_one_session_is_the_schedule_with_a_phase_and_begins_where_the_recording_does():
    arrivals = first(3)
    phase = int(np.random.default_rng([0, 1]).integers(0, HOP_NS))
    assert [arrival.close_ns - phase for arrival in arrivals] == [HOP_NS, 2 * HOP_NS, 3 * HOP_NS]
    assert [arrival.slot.media_ns for arrival in arrivals] == [0, HOP_NS, 2 * HOP_NS]
    assert {(arrival.place, arrival.session) for arrival in arrivals} == {(0, 0)}


def test_phases_and_places_in_the_recording_differ_at_random():
    arrivals = first(5, count=5)
    assert sorted(arrival.place for arrival in arrivals) == list(range(5))
    assert len({arrival.close_ns for arrival in arrivals}) == len({arrival.slot.media_ns for arrival in arrivals}) == 5
    assert max(arrival.close_ns for arrival in arrivals) < 2 * HOP_NS
    assert first(5, count=5) != first(5, count=5, seed=1)


def test_each_trial_draws_the_phases_of_several_sessions_anew_and_one_session_s_never():
    assert first(3, count=3, trial=1) != first(3, count=3)
    assert first(3, trial=1) == first(3)


def test_more_sessions_leave_those_that_were_there_where_they_were():
    """A search over N then compares like with like."""
    alone = first(4)
    among = [arrival for arrival in first(40, count=9) if arrival.place == 0]
    assert [(a.close_ns, a.slot) for a in alone] == [(a.close_ns, a.slot) for a in among[:4]]


def test_in_lock_step_all_close_at_once_and_hear_the_same():
    arrivals = first(6, count=3, phase=LOCKSTEP)
    closes = [arrival.close_ns for arrival in arrivals]
    assert len(set(closes[:3])) == len(set(closes[3:])) == 1
    assert closes[3] - closes[0] == HOP_NS
    assert [arrival.place for arrival in arrivals] == [0, 1, 2, 0, 1, 2]
    assert [arrival.slot.media_ns for arrival in arrivals] == [0, 0, 0, HOP_NS, HOP_NS, HOP_NS]


def test_a_session_that_leaves_makes_room_for_another_with_the_next_window():
    arrivals = first(3000, count=3, stay_ms=1000.0)  # ten windows each on average
    opened = [arrival for arrival in arrivals if arrival.slot.index == 0]
    assert [arrival.session for arrival in opened] == list(range(len(opened)))
    assert 240 < len(opened) < 360  # 300 ± 3.5 standard deviations of a geometric mean
    for place in range(3):
        of_place = [arrival for arrival in arrivals if arrival.place == place]
        for before, after in pairwise(of_place):
            if after.slot.index:
                assert (after.session, after.slot.index) == (before.session, before.slot.index + 1)
            else:
                assert after.session > before.session


def test_a_timetable_is_the_same_in_another_process():
    table = make_timetable(count=3, stay_ms=400.0, seed=5, blocks=Blocks(windows=2, lengths_ms=(40.0, 60.0)))
    again = Timetable.from_json(json.loads(json.dumps(asdict(table))))
    assert again == table
    assert list(islice(again.arrivals(), 50)) == list(islice(table.arrivals(), 50))


def test_several_sessions_are_told_from_one():
    assert not Sessions().is_many
    assert Sessions(count=2).is_many
    assert Sessions(stay_ms=1.0).is_many  # one after the other
