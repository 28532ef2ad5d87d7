"""`latency`: the host's monotonic clock and a sleep that ends on time."""

from __future__ import annotations

import time

from josie_bench.terms.timebase import ns_from_ms, s_from_ns

SPIN_NS = ns_from_ms(0.5)  # waking from sleep alone comes 200-260 µs late on a virtual machine


def now_ns() -> int:
    """Return the host's monotonic clock in nanoseconds; all processes of the machine share it."""
    return time.monotonic_ns()


def sleep_until(instant_ns: int) -> None:
    """Return at `instant_ns` of the monotonic clock: sleep to half a millisecond before, then spin."""
    while (left := instant_ns - SPIN_NS - time.monotonic_ns()) > 0:
        time.sleep(s_from_ns(left))
    while time.monotonic_ns() < instant_ns:
        pass
