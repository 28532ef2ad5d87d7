"""What counts as taken of a GPU: assumed unless somebody says, each by itself."""

from __future__ import annotations

import pytest

from josie_bench.terms.gpu_reserve import GpuReserve


@pytest.mark.parametrize(
    ("reserve", "context", "share"),
    [
        (GpuReserve(), 2**29, 0.1),
        (GpuReserve(context=0), 0, 0.1),
        (GpuReserve(fragments=0.0), 2**29, 0.0),
        (GpuReserve(context=300, fragments=0.25), 300, 0.25),
    ],
)
def test_what_is_said_counts_and_what_is_not_is_assumed(reserve, context, share):
    assert (reserve.context_bytes, reserve.lost_share) == (context, pytest.approx(share))


@pytest.mark.parametrize(
    ("cap", "free", "had"), [(None, None, None), (None, 5, 5), (3, None, 3), (3, 5, 3), (5, 3, 3), (3, 0, 0)]
)
def test_what_can_be_had_is_the_less_of_what_is_free_and_what_may_be_held(cap, free, had):
    assert GpuReserve(cap=cap).within(free) == had
