"""Many sessions' windows: their order, their phases, places in the media, and who follows whom."""

from __future__ import annotations

import json
import math
from dataclasses import asdict
from itertools import islice, pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from josie_bench.terms.schedule import Blocks
from josie_bench.terms.sessions import LOCKSTEP, Sessions, Timetable
from josie_bench.terms.visits import Clips, Visits
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


def gaps(arrivals, place):
    """Return of the windows at a place how long each closes after the one before, and whether its session goes on."""
    of_place = [arrival for arrival in arrivals if arrival.place == place]
    return [(b.close_ns - a.close_ns, b.session == a.session, b.slot.index) for a, b in pairwise(of_place)]


def test_a_place_is_empty_for_a_while_on_average_so_long():
    arrivals = first(6000, count=2, stay_ms=1000.0, away_ms=500.0)
    empty = [gap - HOP_NS for place in range(2) for gap, is_same, _ in gaps(arrivals, place) if not is_same]
    assert all(is_same is (gap == HOP_NS) for place in range(2) for gap, is_same, _ in gaps(arrivals, place))
    assert len(empty) > 450
    assert np.mean(empty) == pytest.approx(500e6, rel=0.2)  # 4 standard errors of an exponential


def test_who_is_back_in_time_goes_on_where_it_was_and_who_is_not_is_another():
    """Of exponential absences of 500 ms on average a share of 1 − exp(−0.6) is over within 300 ms."""
    arrivals = first(6000, count=2, stay_ms=1000.0, away_ms=500.0, grace_ms=300.0)
    back, new = [], []
    for place in range(2):
        heard = [arrival for arrival in arrivals if arrival.place == place]
        for before, after in pairwise(heard):
            empty = after.close_ns - before.close_ns - HOP_NS
            if after.session != before.session:
                new.append(empty)
                assert after.slot.index == 0
            else:
                assert (after.slot.index, after.slot.media_ns) == (before.slot.index + 1, before.slot.media_ns + HOP_NS)
                back += [empty] if empty else []
    assert max(back) <= 300_000_000 < min(new)
    assert len(back) / (len(back) + len(new)) == pytest.approx(1.0 - np.exp(-0.6), abs=0.08)


def test_no_more_sessions_are_there_than_are_let_in():
    arrivals = first(4000, count=6, stay_ms=800.0, away_ms=300.0, grace_ms=100.0, admit=3)
    assert {arrival.place for arrival in arrivals} == {0, 1, 2}
    for seat in range(3):
        closes = [arrival.close_ns for arrival in arrivals if arrival.place == seat]
        assert all(b - a >= HOP_NS for a, b in pairwise(closes))
    sessions = [arrival.session for arrival in arrivals if arrival.slot.index == 0]
    assert sessions == sorted(set(sessions))
    assert sessions[-1] >= len(sessions)  # some numbers are of sessions that were refused


def test_the_share_that_is_refused_is_engset_s():
    """Six sources, three seats, as long away as there: of five others k are there with weight C(5, k), and who comes is
    refused where three are: 10 of 1 + 5 + 10 + 10 (Engset, 1918), however long each stay lasts.
    """
    arrivals = first(60_000, count=6, stay_ms=1000.0, away_ms=1000.0, admit=3)
    let_in = {arrival.session for arrival in arrivals}
    assert 1.0 - len(let_in) / (max(let_in) + 1) == pytest.approx(10 / 26, abs=0.02)


def test_regular_sessions_leave_one_by_one_at_random_phases_and_at_once_in_lock_step():
    coming = {"count": 8, "stay_ms": 1000.0, "away_ms": 500.0, "variation": 0.0}
    arrivals = first(8 * 30, **coming)
    whole = {gap for place in range(8) for gap, is_same, _ in gaps(arrivals, place) if not is_same}
    assert whole == {HOP_NS + 500_000_000}
    begun = {place: [a.close_ns for a in arrivals if a.place == place and a.slot.index == 0] for place in range(8)}
    assert len({closes[1] // HOP_NS for closes in begun.values()}) > 3
    assert all(b - a == 1_500_000_000 for closes in begun.values() for a, b in pairwise(closes[1:]))
    at_once = first(8 * 30, phase=LOCKSTEP, **coming)
    assert {a.slot.index for a in at_once[80:88]} == {0}  # ten windows each, then all are new
    assert len({a.close_ns for a in at_once[80:88]}) == 1


@pytest.mark.parametrize("variation", [0.0, 0.3, 3.0])
def test_from_the_first_on_as_many_are_there_as_usual(variation):
    """Of 400 places two thirds are taken, give or take 4 · (400 · 2 / 9) ** 0.5, which is 38: all would be 400."""
    coming = {"count": 400, "stay_ms": 1000.0, "away_ms": 500.0, "variation": variation}
    closes = [arrival.close_ns for arrival in first(4000, **coming)]
    in_hop = np.bincount(np.array(closes) // HOP_NS)[1:8]  # each is there with one window
    assert Sessions(**coming).usual(HOP_NS) == pytest.approx(400 * 2 / 3)
    assert in_hop == pytest.approx(np.full(7, 400 * 2 / 3), abs=38)


@pytest.mark.parametrize("variation", [0.5, 2.0])
def test_the_share_that_is_refused_is_engset_s_whatever_varies(variation):
    """His formula takes means alone: it holds for any laws of stays and absences (Cohen, 1957)."""
    arrivals = first(40_000, count=6, stay_ms=1000.0, away_ms=1000.0, admit=3, variation=variation)
    let_in = {arrival.session for arrival in arrivals}
    assert 1.0 - len(let_in) / (max(let_in) + 1) == pytest.approx(10 / 26, abs=0.04)


def replayed(*places, windows=40, clips=(), **sessions):
    """Return the first windows of sessions that were recorded in hops, place by place."""
    spans = tuple(tuple((round(a * HOP_NS), round(b * HOP_NS)) for a, b in place) for place in places)
    return first(
        windows, count=len(places), visits=Visits(file="/a", sha256="0", spans_ns=spans, clips=clips), **sessions
    )


def told(arrivals):
    return [(arrival.close_ns / HOP_NS, arrival.place, arrival.session) for arrival in arrivals]


def test_recorded_sessions_come_and_go_at_their_times_and_then_all_again():
    """The second of place 0 stays for a window and a half; the recording is six hops long."""
    arrivals = replayed([(0.5, 2.5), (4.0, 5.5)], [(1.25, 6.0)], windows=14)
    once = [
        *((1.5, 0, 0), (2.25, 1, 1), (2.5, 0, 0), (3.25, 1, 1), (4.25, 1, 1), (5.0, 0, 2), (5.25, 1, 1)),
    ]
    again = [(close + 6.0, place, session + 3) for close, place, session in once]
    assert told(arrivals) == [*once, *again]
    assert [a.slot.index for a in arrivals[:7]] == [0, 0, 1, 1, 2, 0, 3]
    assert arrivals[0].slot.media_ns == 0


def test_a_recorded_session_that_is_back_in_time_goes_on():
    """It leaves at 2.5 and is back at 4: after 1.5 hops, of which its place was kept for that long and no less."""
    visits = [(0.0, 2.5), (4.0, 6.0)], [(0.0, 8.0)]
    kept = [a for a in replayed(*visits, windows=12, grace_ms=150.0) if a.place == 0]
    assert told(kept) == [(1.0, 0, 0), (2.0, 0, 0), (5.0, 0, 0), (6.0, 0, 0)]
    assert [a.slot.index for a in kept] == [0, 1, 2, 3]
    lost = [a for a in replayed(*visits, windows=12, grace_ms=149.0) if a.place == 0]
    assert [(a.session, a.slot.index) for a in lost] == [(0, 0), (0, 1), (2, 0), (2, 1)]


def test_a_session_that_hears_a_recording_by_name_begins_at_its_beginning():
    """Its second visit is unnamed: a new session, which begins where it is drawn; then the first comes again."""
    named = Clips(hears="a.wav")
    arrivals = replayed([(0.0, 2.0), (3.0, 5.0)], [(0.5, 6.0)], windows=16, clips=((named, None), (named,)))
    first, second, again = (
        [a.slot for a in arrivals if a.place == 0 and at < a.close_ns / HOP_NS <= at + 3] for at in (0, 3, 6)
    )
    assert (
        [(slot.clips, slot.media_ns) for slot in first]
        == [(named, 0), (named, HOP_NS)]
        == [(slot.clips, slot.media_ns) for slot in again]
    )
    assert [slot.clips for slot in second] == [None, None]
    assert second[1].media_ns - second[0].media_ns == HOP_NS
    assert next(a.slot.media_ns for a in arrivals if a.place == 1) == 0


def test_who_is_back_in_time_hears_what_its_new_visit_names_from_the_beginning():
    clips = ((Clips(hears="a.wav"), Clips(hears="b.wav")),)
    arrivals = replayed([(0.0, 2.0), (3.0, 5.0)], windows=4, clips=clips, grace_ms=150.0)
    assert [(a.session, a.slot.index, a.slot.clips.hears, a.slot.media_ns // HOP_NS) for a in arrivals] == [
        *((0, 0, "a.wav", 0), (0, 1, "a.wav", 1), (0, 2, "b.wav", 0), (0, 3, "b.wav", 1)),
    ]


def test_who_comes_when_another_leaves_finds_its_seat_and_who_is_refused_does_not_ask_again():
    visits = [(3.0, 5.0), (5.0, 7.0)], [(0.0, 3.0)], [(1.0, 2.5), (4.0, 9.0)]
    arrivals = replayed(*visits, windows=7, admit=1)
    assert told(arrivals) == [(c, 0, s) for c, s in [(1, 0), (2, 0), (3, 0), (4, 2), (5, 2), (6, 4), (7, 4)]]


def test_recorded_sessions_are_the_same_in_each_trial_but_for_where_they_begin_to_hear():
    visits = [(0.0, 3.0)], [(0.5, 3.0)]
    assert told(replayed(*visits, windows=5)) == told(replayed(*visits, windows=5, trial=1))
    assert replayed(*visits, windows=5) != replayed(*visits, windows=5, trial=1)


def test_of_those_recorded_so_many_are_there_as_whole_windows_of_those_let_in_say():
    """In four hops: one is there for 1.5 and 2, one for 2.5, of which whole windows are 1 + 2 and 2."""
    spans = (((0, 150), (200, 400)), ((50, 300),))
    recorded = {"count": 2, "visits": Visits(file="/a", sha256="0", spans_ns=spans)}
    assert Sessions(**recorded).usual(100) == 5 / 4
    assert Sessions(**recorded, admit=1).usual(100) == 3 / 4
    assert Sessions(**recorded).is_many


def test_so_many_are_there_as_usual_where_nobody_is_refused():
    assert Sessions(count=4).usual(HOP_NS) == 4.0
    assert Sessions(count=6, stay_ms=30.0).usual(HOP_NS) == 6.0
    assert Sessions(count=6, stay_ms=30.0, away_ms=10.0).usual(HOP_NS) == pytest.approx(4.5)
    assert Sessions(count=6, stay_ms=30.0, away_ms=10.0, grace_ms=20.0).usual(HOP_NS) == pytest.approx(
        4.5
    )  # gone is gone
    assert (Sessions(count=6, admit=3).seats, Sessions(count=6).seats) == (3, 6)


def test_refusals_and_seats_that_are_kept_make_it_fewer():
    """Of six sources k are there with weight C(6, k): 6 + 2 · 15 + 3 · 20 of 1 + 6 + 15 + 20.

    Half of the absences are over within ln 2 of their mean, so a session is two visits on average, an absence in all
    between them and after, and thrice as long there as away: weights 1, 18, 135, 540, two thirds of the time heard.
    """
    fair = {"count": 6, "stay_ms": 1000.0, "away_ms": 1000.0, "admit": 3}
    assert Sessions(**fair).usual(HOP_NS) == pytest.approx(96 / 42)
    assert Sessions(**fair, grace_ms=1000.0 * math.log(2.0)).usual(HOP_NS) == pytest.approx(1908 / 694 * 2 / 3)


def test_a_seat_that_is_kept_for_ever_is_taken_for_ever():
    assert Sessions(count=6, stay_ms=30.0, away_ms=10.0, grace_ms=1e9, admit=3).usual(HOP_NS) == pytest.approx(2.25)


@pytest.mark.parametrize(("variation", "error"), [(0.3, 0.02), (1.0, 0.02), (3.0, 0.04)])
@pytest.mark.parametrize("coming", [{"grace_ms": 0.0, "admit": 2}, {"grace_ms": 400.0, "admit": 3}])
def test_as_many_windows_come_in_a_time_as_are_usual(coming, variation, error):
    """Some 6,000 stays leave an error of their variation / 6,000 ** 0.5, which is 4 % of 3."""
    coming = {"count": 6, "stay_ms": 800.0, "away_ms": 400.0, "variation": variation, **coming}
    arrivals = first(30_000, **coming)
    rate = len(arrivals) * HOP_NS / (arrivals[-1].close_ns - arrivals[0].close_ns)
    assert rate == pytest.approx(Sessions(**coming).usual(HOP_NS), rel=error)


def test_a_timetable_is_the_same_in_another_process():
    table = make_timetable(
        count=3,
        stay_ms=400.0,
        away_ms=90.0,
        grace_ms=50.0,
        admit=2,
        seed=5,
        blocks=Blocks(windows=2, lengths_ms=(40.0, 60.0)),
    )
    recorded = make_timetable(count=1, visits=Visits(file="/a", sha256="0", spans_ns=(((0, 3 * HOP_NS),),)))
    for one in (table, recorded):
        again = Timetable.from_json(json.loads(json.dumps(asdict(one))))
        assert again == one
        assert list(islice(again.arrivals(), 50)) == list(islice(one.arrivals(), 50))


def test_several_sessions_are_told_from_one():
    assert not Sessions().is_many
    assert Sessions(count=2).is_many
    assert Sessions(stay_ms=1.0).is_many  # one after the other
