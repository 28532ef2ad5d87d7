"""The pacer's promises: absolute schedule, nothing repaired, windows wait for a slow reader."""

from __future__ import annotations

import time
from itertools import pairwise

from josie_bench.probes.latency import now_ns
from josie_bench.runtime.pacer import Pacer
from josie_bench.terms.schedule import Blocks
from josie_bench.terms.timebase import ns_from_ms
from josie_bench.terms.visits import Visits
from tests.runtime.timetables import make_timetable

HOP_MS = 20.0
HOP_NS = ns_from_ms(HOP_MS)


def make_pacer(windows, *, hop_ms=HOP_MS, **changes):
    return Pacer(make_timetable(hop_ms=hop_ms, **changes), count=windows)


def test_closes_lie_on_an_absolute_grid_and_are_never_early():
    with make_pacer(10) as pacer:
        ticks = [pacer.next() for _ in range(10)]
        assert pacer.next() is None
    assert [tick.slot.index for tick in ticks] == list(range(10))
    assert {b.scheduled_ns - a.scheduled_ns for a, b in pairwise(ticks)} == {HOP_NS}
    assert all(tick.handed_ns >= tick.scheduled_ns for tick in ticks)


def test_a_slow_reader_finds_its_windows_waiting():
    """The pacer does not wait for the answer: windows handed over meanwhile keep their own instants."""
    with make_pacer(6) as pacer:
        pacer.next()
        time.sleep(0.15)
        before = time.monotonic_ns()
        late = [pacer.next() for _ in range(5)]
        assert time.monotonic_ns() - before < 5 * HOP_NS
    assert all(tick.handed_ns < before for tick in late)


def test_windows_that_have_closed_are_waited_for_and_others_are_not():
    """Four close at one instant every 500 ms; whoever sees the first handed over gets the other three with it."""
    with make_pacer(9, hop_ms=500.0, count=4, phase="lockstep") as pacer:
        first = pacer.next()
        assert pacer.closed(first.scheduled_ns - 1) == []
        others = pacer.closed(first.scheduled_ns)
        assert [tick.arrival.place for tick in (first, *others)] == [0, 1, 2, 3]
        assert {tick.scheduled_ns for tick in others} == {first.scheduled_ns}
        later = pacer.closed(first.scheduled_ns + 2 * ns_from_ms(500.0))
        assert [tick.arrival.place for tick in later] == [0, 1, 2, 3, 0]  # nine in all


def test_thousands_of_recorded_visits_are_paced():
    """As an argument of the process they would be too long."""
    spans = tuple((index * HOP_NS, (index + 1) * HOP_NS) for index in range(10_000))
    with make_pacer(2, visits=Visits(file="/a", sha256="0", spans_ns=(spans,))) as pacer:
        ticks = [pacer.next() for _ in range(2)]
    assert [tick.arrival.session for tick in ticks] == [0, 1]
    assert ticks[1].scheduled_ns - ticks[0].scheduled_ns == HOP_NS


def test_leaving_early_ends_the_process():
    with make_pacer(100_000, hop_ms=5.0) as pacer:
        pacer.next()
    assert pacer._process.poll() is not None


def test_blocks_close_at_the_schedules_own_instants_with_their_pauses():
    blocks = Blocks(windows=2, lengths_ms=(10.0, 30.0), pause_ms=50.0)
    with make_pacer(6, blocks=blocks) as pacer:
        ticks = [pacer.next() for _ in range(6)]
    # 10, 20 | pause | 100, 130 | pause | 190, 200
    assert [(b.scheduled_ns - ticks[0].scheduled_ns) / 1e6 for b in ticks] == [0, 10, 90, 120, 180, 190]
    assert [tick.slot.hop_ns / 1e6 for tick in ticks] == [10, 10, 30, 30, 10, 10]
    assert all(tick.handed_ns >= tick.scheduled_ns for tick in ticks)


def test_a_stalled_pacer_hands_over_late_all_at_once_and_keeps_its_schedule():
    with make_pacer(12) as pacer:
        first = pacer.next()
        until_ns = now_ns() + 4 * HOP_NS
        pacer.stall(until_ns)
        begun_ns = now_ns()
        rest = [pacer.next() for _ in range(11)]
    held = [tick for tick in rest if begun_ns < tick.scheduled_ns < until_ns]
    assert len(held) >= 3
    assert all(tick.handed_ns >= until_ns for tick in held)
    assert [tick.scheduled_ns - first.scheduled_ns for tick in rest] == [HOP_NS * k for k in range(1, 12)]


def test_a_pacer_that_is_left_while_it_is_stalled_is_gone():
    with make_pacer(8) as pacer:
        pacer.next()
        pacer.stall(now_ns() + ns_from_ms(60_000.0))
        process = pacer._process
    assert process.returncode is not None
