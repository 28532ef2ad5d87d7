"""What binds a component, worked by hand: a roof of 100 GFLOP/s and 10 GB/s."""

from __future__ import annotations

from dataclasses import replace

import pytest

from josie_bench.terms.profiling import ComponentProfile, Operators, OperatorTime, Roof
from josie_bench.terms.score import NotAvailable, Score

ROOF = Roof(
    device="cpu",
    precision="fp32",
    threads=1,
    flops_per_s=100e9,
    bytes_per_s=10e9,
    buffer_bytes=4_000_000,
    memory_bytes_per_s=5e9,
)


def part(ms, flops=50e6, read_bytes=20e6, roof=ROOF, busy_ns=None):
    """Return a component that takes so many milliseconds, whose operators ran so long of 1 ms of watched calls."""
    times = (OperatorTime(name="product", calls=3, took_ns=busy_ns or 0),)
    return ComponentProfile(
        component="temporal_transformer",
        backend="eager",
        precision="fp32",
        time_ms=Score(value=ms, n=60),
        calls=6.0,
        flops=flops,
        read_bytes=read_bytes,
        roof=roof,
        floor=roof.floor(flops=flops, read_bytes=read_bytes, hop_ms=300.0),
        operators=None if busy_ns is None else Operators(calls=6, call_ns=1_000_000, times=times),
    )


def test_the_floor_is_the_longer_of_reading_and_computing():
    """20 MB at 10 GB/s are 2 ms, 50 MFLOP at 100 GFLOP/s half a millisecond."""
    floor = part(4.0).floor
    assert floor is not None
    assert (floor.read_ms, floor.compute_ms) == pytest.approx((2.0, 0.5))
    assert (floor.ms, floor.binds) == (floor.read_ms, "bandwidth")
    assert part(4.0).intensity == 2.5


def test_from_half_of_the_roof_on_the_roof_binds():
    assert part(4.0).roof_share == pytest.approx(0.5)
    assert part(4.0, busy_ns=0).bound == "bandwidth"
    assert part(4.0, flops=400e6).bound == "compute"


def test_below_it_is_what_stands_between_whether_operators_run_or_not():
    assert part(40.0, busy_ns=500_000).bound == "dispatch"
    assert part(40.0, busy_ns=500_001).bound == "kernels"


def test_what_nobody_can_tell_is_unknown_and_no_guess():
    assert part(40.0).bound == "unknown"
    unmeasured = replace(ROOF, flops_per_s=None, reason="no product of int8")
    assert part(4.0, roof=unmeasured, busy_ns=0).bound == "unknown"
    assert part(4.0, roof=unmeasured).roof_share is None
    missing = replace(part(4.0), time_ms=Score(value=None, n=3, na=NotAvailable(reason="few", detail="few")))
    assert missing.roof_share is None


def test_above_the_roof_means_a_nearer_cache_and_is_not_cut_off():
    assert part(1.0).roof_share == pytest.approx(2.0)


def test_operators_that_overlap_leave_no_negative_time_outside_of_them():
    assert Operators(calls=1, call_ns=10, times=(OperatorTime(name="a", calls=2, took_ns=15),)).dispatch_share == 0.0
