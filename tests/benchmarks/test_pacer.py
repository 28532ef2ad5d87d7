"""How late the clock is, and what a window costs to be handed over."""

from __future__ import annotations

import numpy as np
import pytest

from josie_bench.probes.latency import now_ns, sleep_until
from josie_bench.runtime.pacer import Pacer
from tests.runtime.timetables import make_timetable

MS = 1_000_000
HOP_MS = 5.0
TICKS = 200


@pytest.mark.benchmark(group="pacer")
def test_waking_up_two_milliseconds_from_now(benchmark):
    """The time above 2 ms is how late the wake-up was."""

    def wake():
        instant = now_ns() + 2 * MS
        sleep_until(instant)
        return now_ns() - instant

    assert benchmark(wake) >= 0


@pytest.mark.benchmark(group="pacer")
def test_a_window_from_the_pacer_s_process(benchmark):
    """A round is a hop of 5 ms; `extra_info` has the lateness by the pacer's own stamps."""
    ticks = []
    with Pacer(make_timetable(hop_ms=HOP_MS), count=TICKS) as pacer:
        benchmark.pedantic(lambda: ticks.append(pacer.next()), rounds=TICKS)
    late_us = [(tick.handed_ns - tick.scheduled_ns) / 1_000 for tick in ticks]
    assert min(late_us) >= 0
    benchmark.extra_info["lateness_us"] = {f"p{q}": float(np.percentile(late_us, q)) for q in (50, 99)}
