"""The roofline, worked by hand and against its own inequality."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from josie_bench.terms.accelerator import Accelerator
from josie_bench.terms.roofline import Demand, floor_of, sessions_on

CARD = Accelerator(name="round", memory_mib=10_240, bandwidth_gb_per_s=100, fp16_tflops=10)
DEMAND = Demand(
    hop_ms=310.0,
    shared_read_bytes=8.5e9,
    session_read_bytes=0.85e9,
    session_flops=50e9,
    weight_bytes=4e9,
    state_bytes=1e9,
)


def test_a_floor_is_the_longer_of_reading_and_computing():
    """9.35 GB at 100 GB/s are 93.5 ms; 50 GFLOP at 10 TFLOPS are 5 ms."""
    floor = floor_of(DEMAND, CARD)
    assert (floor.read_ms, floor.compute_ms) == pytest.approx((93.5, 5.0))
    assert (floor.ms, floor.binds) == (floor.read_ms, "bandwidth")
    assert floor.share == pytest.approx(93.5 / 310.0)


def test_much_arithmetic_on_few_bytes_is_bound_by_compute():
    floor = floor_of(replace(DEMAND, session_flops=2e12), CARD)
    assert (floor.ms, floor.binds) == (pytest.approx(200.0), "compute")


def test_sessions_share_the_weights_and_each_pays_for_itself():
    """At 85 GB/s and 5 TFLOPS: 100 ms of weights, then 10 + 10 ms each: ten in 310 ms.

    Memory: 0.9 · 10.737 GB − 0.537 − 4 leaves 5.1 GB for states of 1 GB.
    """
    sessions = sessions_on(DEMAND, CARD)
    assert (sessions.in_time, sessions.in_memory) == (10, 5)
    assert (sessions.count, sessions.binds) == (5, "memory")


def test_time_binds_where_there_is_memory():
    sessions = sessions_on(DEMAND, replace(CARD, memory_mib=102_400))
    assert (sessions.count, sessions.binds) == (10, "time")


@pytest.mark.parametrize("more", [{"shared_read_bytes": 1e12}, {"weight_bytes": 1e12}])
def test_what_cannot_be_done_at_all_is_no_session(more):
    assert sessions_on(replace(DEMAND, **more), CARD).count == 0


@given(
    hop_ms=st.floats(10, 1000),
    shared=st.floats(0, 1e10),
    own=st.floats(1e6, 1e9),
    flops=st.floats(1e6, 1e11),
)
def test_one_session_more_would_be_late(hop_ms, shared, own, flops):
    demand = replace(DEMAND, hop_ms=hop_ms, shared_read_bytes=shared, session_read_bytes=own, session_flops=flops)
    count = sessions_on(demand, CARD).in_time

    def seconds(sessions: int) -> float:
        return (shared + sessions * own) / 85e9 + sessions * flops / 5e12

    assert count == 0 or seconds(count) <= hop_ms / 1e3 * (1 + 1e-9)
    assert seconds(count + 1) > hop_ms / 1e3 * (1 - 1e-9)
