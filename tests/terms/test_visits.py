"""Recorded visits: how long they are together, who finds a seat, and that they survive being written."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from itertools import takewhile

from hypothesis import given
from hypothesis import strategies as st

from josie_bench.terms.visits import Clips, Visits
from tests.runtime.timetables import make_timetable

SPANS = (((0, 10), (30, 40)), ((5, 25),))


def of(*places):
    return Visits(file="/a.csv", sha256="0", spans_ns=places)


def test_the_recording_ends_with_the_last_who_leaves():
    assert of(*SPANS).length_ns == 40


def test_windows_are_whole_and_of_those_who_find_a_seat():
    """Hops of 3: there are three windows in 10 and six in 20; with one seat who comes at 5 finds none."""
    assert of(*SPANS).windows(3, seats=2) == 3 + 3 + 6
    assert of(*SPANS).windows(3, seats=1) == 3 + 3


def test_a_seat_is_kept_for_the_grace_and_to_its_session():
    """Place 0 is away from 10 to 30. With its seat kept until 25 place 1 finds none at 24, and one at 25.

    With a grace of 20 it is the same session that comes at 30, and keeps its seat from who comes then.
    """
    assert [of(SPANS[0], ((begun, 29),)).windows(1, seats=1, grace_ns=15) for begun in (24, 25)] == [20, 10 + 4]
    assert of(SPANS[0], ((25, 29), (30, 33))).windows(1, seats=1, grace_ns=20) == 20
    assert of(((0, 5), (35, 40)), ((25, 29), (35, 38))).windows(1, seats=1, grace_ns=10) == 5 + 4 + 3


LENGTHS = st.lists(st.tuples(st.integers(0, 6), st.integers(2, 9)), min_size=1, max_size=6)  # away, then there


@given(st.lists(LENGTHS, min_size=1, max_size=4), st.integers(1, 4), st.integers(0, 5))
def test_as_many_windows_as_the_timetable_has_in_the_first_round(places, seats, grace):
    """Held against all windows of the timetable, with its own door."""
    unit_ns, spans = 50_000_000, []
    for place in places:
        now, visits = 0, []
        for away, there in place:
            visits.append(((now + away) * unit_ns, (now + away + there) * unit_ns))
            now += away + there
        spans.append(tuple(visits))
    visits = of(*spans)
    sessions = {"count": len(spans), "visits": visits, "admit": seats, "grace_ms": grace * 50.0}
    arrivals = make_timetable(hop_ms=100.0, **sessions).arrivals()
    heard = list(takewhile(lambda arrival: arrival.close_ns <= visits.length_ns, arrivals))
    assert visits.windows(2 * unit_ns, seats=seats, grace_ns=grace * unit_ns) == len(heard)


def test_visits_are_the_same_when_they_were_written_as_json():
    visits = of(*SPANS)
    clips = ((Clips(hears="a.wav"), None), (Clips(sees="b.mp4"),))
    for written in (visits, replace(visits, clips=clips)):
        assert Visits.from_json(json.loads(json.dumps(asdict(written)))) == written


def test_what_is_named_is_told_once():
    same = Clips(hears="a.wav")
    assert replace(of(*SPANS), clips=((same, None), (same,))).named == (same,)
    assert of(*SPANS).named == ()
