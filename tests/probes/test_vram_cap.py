"""PyTorch's allocator held to a part of a GPU, over an object that answers as PyTorch does."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from josie_bench.probes.vram_cap import could_be_had, hold_allocator

GIB = 2**30


def torch_on(*, free=20 * GIB, total=24 * GIB, reserved=0, is_there=True):
    """Return what answers as PyTorch does on a GPU of so much, and the shares that it was told."""
    shares: list[float] = []
    cuda = SimpleNamespace(
        is_available=lambda: is_there,
        is_initialized=lambda: is_there,
        mem_get_info=lambda: (free, total),
        memory_reserved=lambda: reserved,
        set_per_process_memory_fraction=shares.append,
    )
    return SimpleNamespace(cuda=cuda, __spec__="as of a module"), shares


@pytest.mark.parametrize(("byte_count", "share"), [(6 * GIB, 0.25), (0, 0.0), (24 * GIB, 1.0), (80 * GIB, 1.0)])
def test_the_allocator_is_told_its_share_of_the_gpu(byte_count, share):
    torch, shares = torch_on()
    hold_allocator(torch, byte_count)
    assert shares == [share]


def test_where_there_is_no_gpu_nothing_is_held():
    torch, shares = torch_on(is_there=False)
    hold_allocator(torch, GIB)
    assert shares == []


@pytest.mark.parametrize(
    ("free", "reserved", "could"), [(20, 0, True), (1, 6, True), (0, 7, True), (1, 5, False), (0, 0, False)]
)
def test_what_is_free_and_what_is_reserved_could_be_had(free, reserved, could):
    torch, _ = torch_on(free=free * GIB, reserved=reserved * GIB)
    assert could_be_had(torch, 7 * GIB) is could


def test_a_torch_that_is_not_in_use_could_have_nothing():
    assert not could_be_had(None, 1)
    assert not could_be_had(torch_on(is_there=False)[0], 1)


@pytest.mark.gpu
def test_a_real_allocator_gives_no_more_than_it_may():
    torch = pytest.importorskip("torch")
    if not torch.cuda.is_available():
        pytest.skip("no GPU here")
    hold_allocator(torch, GIB)
    try:
        with pytest.raises(torch.OutOfMemoryError):
            torch.empty(2 * GIB, dtype=torch.uint8, device="cuda")
        assert could_be_had(torch, GIB)
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
