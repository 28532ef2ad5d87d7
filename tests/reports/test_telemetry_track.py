"""Readings of the machine on the timeline."""

import numpy as np

from josie_bench.reports._telemetry_track import counters
from josie_bench.terms.telemetry import Telemetry

S = 1_000_000_000


def told() -> Telemetry:
    """Return two readings of a core's time and one of free memory."""
    return Telemetry(
        instant_ns=np.array([S, 2 * S, 2 * S]),
        source=np.array(["cpu", "cpu", "memory"]),
        name=np.array(["busy_total", "busy_total", "available"]),
        value=np.array([10.0, 11.5, 400.0]),
        unit=np.array(["s", "s", "MiB"]),
        round=np.zeros(3, dtype=np.int64),
        interval_ms={"cpu": 1000.0, "memory": 1000.0},
    )


def test_what_counts_up_is_drawn_as_its_rise_a_second() -> None:
    assert list(counters(told())) == [("cpu busy (s/s)", 2 * S, 1.5), ("memory available (MiB)", 2 * S, 400.0)]


def test_where_nobody_watched_nothing_is_drawn() -> None:
    assert list(counters(None)) == []
