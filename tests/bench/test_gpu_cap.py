"""A case held to its part of a GPU, and whose memory ran out, over an object that answers as PyTorch does."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest

from josie_bench.bench.gpu_cap import hold_to_cap, whose_ran_out
from josie_bench.terms.gpu_reserve import GpuReserve
from josie_bench.terms.result import OUT_OF_CAP, OUT_OF_DEVICE, OUT_OF_HOST
from tests.probes.test_vram_cap import GIB, torch_on

RAN_OUT = f"{OUT_OF_DEVICE}: OutOfMemoryError: CUDA out of memory."


@pytest.fixture
def capped(make_case):
    return make_case(backend="cuda_graph", gpu_memory=GpuReserve(cap=8 * GIB))


def test_torch_is_left_the_cap_without_the_context(capped, monkeypatch):
    """8 GiB less the half that is assumed for the context, of 24: 7.5 ÷ 24."""
    torch, shares = torch_on()
    monkeypatch.setitem(sys.modules, "torch", torch)
    hold_to_cap(capped)
    hold_to_cap(replace(capped, gpu_memory=GpuReserve(cap=8 * GIB, context=2 * GIB)))
    hold_to_cap(replace(capped, gpu_memory=GpuReserve()))
    assert shares == [0.3125, 0.25]


@pytest.mark.parametrize(
    ("free", "said", "begins"),
    [
        (20 * GIB, RAN_OUT, OUT_OF_CAP),
        (GIB, RAN_OUT, OUT_OF_DEVICE),  # others have the rest: of the cap this says nothing
        (20 * GIB, f"{OUT_OF_HOST}: MemoryError", OUT_OF_HOST),
    ],
)
def test_it_is_the_cap_that_ran_out_where_the_gpu_has_as_much(capped, monkeypatch, free, said, begins):
    monkeypatch.setitem(sys.modules, "torch", torch_on(free=free)[0])
    told = whose_ran_out(capped, said)
    assert told == begins + said[said.index(": ") :]
    assert whose_ran_out(replace(capped, gpu_memory=GpuReserve()), said) == said
