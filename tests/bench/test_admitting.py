"""Windows in the midst of others: whose are answered, which numbers they bear, and when those refused count."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

from josie_bench.bench.admitting import Admitting
from josie_bench.runtime.pacer import Tick
from josie_bench.terms.admission import Forecaster
from josie_bench.terms.eviction import Evictor
from tests.runtime.timetables import make_timetable


def ticks(*who):
    """Return windows that close 10 apart, of these sessions."""
    (arrival,) = islice(make_timetable().arrivals(), 1)
    arrivals = (replace(arrival, index=index, session=session) for index, session in enumerate(who))
    return [Tick(arrival=one, scheduled_ns=100 + 10 * one.index, handed_ns=0) for one in arrivals]


def told(found):
    return [(tick.index, tick.arrival.session, tick.scheduled_ns) for tick in found]


def test_everybody_s_are_where_nobody_forecasts():
    admitting, came = Admitting(), ticks(0, 1, 0)
    assert admitting.let_in(came) == came
    assert [admitting.answered(tick.scheduled_ns, 0, 5) for tick in came] == [0, 0, 0]


def test_those_that_are_let_in_are_numbered_on_and_those_refused_count_before_who_closed_later():
    """One more beside somebody fits if twice the median is at most half of 100 ns: 1 comes when nothing was measured, 2
    when it is 30, and 3 when it is 20, of 30, 10 and 20.
    """
    admitting = Admitting(forecaster=Forecaster(busy=0.5, over_ns=1000, hop_ns=100))
    first, *others, last = ticks(0, 1, 1, 2, 0, 3)
    assert told(admitting.let_in([first, *others[:2]])) == [(0, 0, 100)]
    assert admitting.answered(first.scheduled_ns, 100, 130) == 0
    (second,) = admitting.let_in(others[2:])
    assert told([second]) == [(1, 0, 140)]
    assert admitting.answered(second.scheduled_ns, 135, 145) == 3  # two of session 1, one of session 2
    assert admitting.answered(second.scheduled_ns, 125, 145) == 0
    assert admitting.passed == 3
    assert told(admitting.let_in([last])) == [(2, 3, 150)]


def test_who_is_sent_away_keeps_its_numbers_and_its_windows_count_at_their_turn():
    """Deadline 100 ns: the first answer comes 150 after its close, and 1 goes, which came last."""
    admitting = Admitting(evictor=Evictor(missed=0.5, over_ns=100, hop_ns=100, deadline_ns=100))
    came = ticks(0, 1, 0, 1)
    assert admitting.let_in(came) == came
    admitting.look(100)
    assert not admitting.is_gone(1)
    assert admitting.answered(100, 100, 250) == 0
    admitting.look(250)
    assert [admitting.is_gone(session) for session in (0, 1)] == [False, True]
    assert [admitting.dropped(session, 260) for session in (1, 1, 0)] == [True, True, False]
    assert admitting.passed == 2


def test_nobody_is_sent_away_where_nobody_evicts():
    admitting = Admitting()
    admitting.look(100)
    assert not admitting.is_gone(0)
    assert not admitting.dropped(0, 100)
