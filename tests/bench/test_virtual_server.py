"""A server of batches in virtual time against the same rules at every millisecond."""

from __future__ import annotations

from itertools import islice

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from josie_bench.bench.virtual_server import serve
from josie_bench.terms.schedule import Blocks, slots
from josie_bench.terms.sessions import Arrival, Sessions
from josie_bench.terms.simulated import ServiceLaw
from josie_bench.terms.timebase import ns_from_ms
from tests.bench.cases import make_case


@given(
    windows=st.lists(st.tuples(st.integers(0, 40), st.integers(0, 3), st.integers(1, 30)), min_size=1, max_size=30),
    further=st.integers(0, 9),
    deadline=st.integers(1, 60),
    sheds=st.booleans(),
)
def test_a_server_of_batches_is_what_it_is_tick_by_tick(windows, further, deadline, sheds):
    """At every millisecond: who closes joins; a server that is free takes the first window of each place that waits."""
    closes = np.cumsum([gap for gap, _, _ in windows]).tolist()
    (slot,) = islice(slots(Blocks(), window_ms=100.0, hop_ms=100.0), 1)
    arrivals = [
        Arrival(index=index, place=place, session=place, slot=slot, close_ns=ns_from_ms(close))
        for index, ((_, place, _), close) in enumerate(zip(windows, closes, strict=True))
    ]
    case = make_case(
        deadline_ms=float(deadline),
        simulated=ServiceLaw(further_ms=float(further)),
        sessions=Sessions(count=4, batching="continuous", shedding="late" if sheds else "never"),
    )
    service = np.array([ns_from_ms(took) for _, _, took in windows])
    served = serve(case, arrivals, service)
    started, finished, is_shed = served.started, served.finished, served.is_shed
    assert served.is_in.all()
    assert not served.is_evicted.any()
    waiting, free, expected = [], 0, {}
    for tick in range(closes[-1] + 60 * len(windows)):
        waiting += [k for k, close in enumerate(closes) if close == tick]
        if tick < free:
            continue
        waiting = [k for k in waiting if not sheds or closes[k] + deadline >= tick]
        together = [k for k in waiting if k == next(j for j in waiting if windows[j][1] == windows[k][1])]
        waiting = [k for k in waiting if k not in together]
        if together:
            free = tick + windows[together[0]][2] + further * (len(together) - 1)
            expected |= {k: (ns_from_ms(tick), ns_from_ms(free)) for k in together}
    assert {k: (int(started[k]), int(finished[k])) for k in np.flatnonzero(~is_shed).tolist()} == expected
    assert (started[is_shed] == 0).all()
