"""Sessions that were sent away, worked by hand: hop and deadline 300 ms."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from josie_bench.statistics.evictions import Evicted, SessionTime, evictions_of, lost, session_time
from tests.bench.cases import make_recording

HOP_NS = 300_000_000


def shared(gone=()):
    """Return eight windows of two sessions in turn, the first in the warm-up, the second and sixth late."""
    trial = make_recording([20.0, 370.0, 20.0, 20.0, 20.0, 370.0, 20.0, 20.0])
    is_evicted = np.isin(np.arange(8), gone)
    return replace(
        trial,
        session=np.arange(8) % 2,
        is_warm_up=np.arange(8) < 1,
        is_evicted=is_evicted,
        is_answered=~is_evicted,
    )


def test_it_is_told_when_each_had_to_go_after_how_long_and_what_it_lost():
    found = evictions_of(shared(gone=(5, 7)))
    assert found == [Evicted(session=1, at_ns=5 * HOP_NS, after_ns=4 * HOP_NS, lost_ns=2 * HOP_NS)]


def test_what_was_lost_in_the_warm_up_is_not_counted():
    (found,) = evictions_of(shared(gone=(0, 2)))
    assert (found.session, found.at_ns, found.after_ns, found.lost_ns) == (0, 0, 0, HOP_NS)


def test_all_time_is_held_missed_or_lost():
    assert session_time(shared()) == SessionTime(held_ns=5 * HOP_NS, missed_ns=2 * HOP_NS, lost_ns=0)
    assert session_time(shared(gone=(5, 7))) == SessionTime(held_ns=4 * HOP_NS, missed_ns=HOP_NS, lost_ns=2 * HOP_NS)


def test_where_nobody_looked_nobody_was_sent_away():
    trial = replace(shared(), is_evicted=None)
    assert not lost(trial).any()
    assert evictions_of(trial) == []
