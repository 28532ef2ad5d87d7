"""The clock and the sleep that ends on time."""

from __future__ import annotations

import subprocess
import sys
import time

from josie_bench.probes import latency
from josie_bench.terms.timebase import ns_from_ms


class FakeClock:
    """A clock that a sleep moves on, by a little less than asked, and each look by a microsecond."""

    def __init__(self) -> None:
        self.now = 0
        self.slept: list[float] = []

    def monotonic_ns(self) -> int:
        self.now += 1_000
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += round(seconds * 0.9e9)


def test_the_clock_is_the_hosts_monotonic_one():
    before, now, after = time.monotonic_ns(), latency.now_ns(), time.monotonic_ns()
    assert before <= now <= after
    assert isinstance(now, int)


def test_the_clock_is_shared_between_processes():
    before = latency.now_ns()
    code = "from josie_bench.probes.latency import now_ns; print(now_ns())"
    other = int(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)
    assert before < other < latency.now_ns()


def test_sleep_until_never_returns_early():
    for _ in range(20):
        instant = latency.now_ns() + ns_from_ms(2.0)
        latency.sleep_until(instant)
        assert latency.now_ns() >= instant


def test_a_past_instant_returns_at_once():
    before = latency.now_ns()
    latency.sleep_until(before - ns_from_ms(1000.0))
    assert latency.now_ns() - before < ns_from_ms(100.0)


def test_a_short_sleep_is_slept_again_and_the_last_half_millisecond_is_spun(monkeypatch):
    clock = FakeClock()
    monkeypatch.setattr(latency, "time", clock)
    latency.sleep_until(ns_from_ms(100.0))
    assert len(clock.slept) > 1, "a sleep that ended early is followed by one for the rest"
    # 100 ms, less half a millisecond for the spin, less the microsecond of the first look
    assert round(clock.slept[0] * 1e9) == 99_499_000
    assert clock.slept[1] < 0.1 * clock.slept[0] + 1e-6
    assert ns_from_ms(100.0) <= clock.now < ns_from_ms(100.0) + 3_000, "it ends at the instant, not at a sleep's end"


def test_less_than_the_spin_is_never_slept(monkeypatch):
    clock = FakeClock()
    monkeypatch.setattr(latency, "time", clock)
    latency.sleep_until(400_000)
    assert clock.slept == []
    assert clock.now >= 400_000
