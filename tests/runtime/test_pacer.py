"""The pacer's promises: absolute schedule, nothing repaired, windows wait for a slow reader."""

from __future__ import annotations

import time
from itertools import pairwise

from josie_bench.runtime.pacer import Pacer
from josie_bench.terms.timebase import ns_from_ms

HOP_NS = ns_from_ms(20)


def test_closes_lie_on_an_absolute_grid_and_are_never_early():
    with Pacer(hop_ns=HOP_NS, phase_ns=1234, count=10) as pacer:
        ticks = [pacer.next() for _ in range(10)]
        assert pacer.next() is None
    assert [tick.index for tick in ticks] == list(range(10))
    assert {b.scheduled_ns - a.scheduled_ns for a, b in pairwise(ticks)} == {HOP_NS}
    assert all(tick.handed_ns >= tick.scheduled_ns for tick in ticks)


def test_a_slow_reader_finds_its_windows_waiting():
    """The pacer does not wait for the answer: windows handed over meanwhile keep their own instants."""
    with Pacer(hop_ns=HOP_NS, phase_ns=0, count=6) as pacer:
        pacer.next()
        time.sleep(0.15)
        before = time.monotonic_ns()
        late = [pacer.next() for _ in range(5)]
        assert time.monotonic_ns() - before < 5 * HOP_NS
    assert all(tick.handed_ns < before for tick in late)


def test_leaving_early_ends_the_process():
    with Pacer(hop_ns=ns_from_ms(5), phase_ns=0, count=100_000) as pacer:
        pacer.next()
    assert pacer._process.poll() is not None
