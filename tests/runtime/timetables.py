"""Timetables made by hand."""

from __future__ import annotations

from josie_bench.terms.schedule import Blocks
from josie_bench.terms.sessions import Sessions, Timetable
from josie_bench.terms.timebase import ns_from_ms


def make_timetable(*, hop_ms=100.0, blocks=None, seed=0, trial=0, **sessions) -> Timetable:
    """Return the timetable of sessions with windows and hops of one length, or cut into blocks."""
    cut = blocks or Blocks()
    return Timetable(
        sessions=Sessions(**sessions),
        blocks=cut,
        window_ms=hop_ms,
        hop_ms=hop_ms,
        seed=seed,
        shortest_hop_ns=ns_from_ms(min(cut.lengths_ms or (hop_ms,))),
        trial=trial,
    )
