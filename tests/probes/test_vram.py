"""Memory of GPUs at an instant, from objects that answer as NVML's bindings and PyTorch do."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from josie_bench.probes import vram as vram_module
from josie_bench.probes.vram import allocator_sizes, free_bytes, read_vram, sizes_of
from josie_bench.terms.telemetry import AbsentSource
from tests.probes.nvml import FakeNvml

MIB = 2**20
NOTHING = AbsentSource(name="gpu", reason="no_driver", detail="why")


def torch_with(sizes, *, is_used=True):
    """Return what answers as PyTorch does with (reserved, allocated) of each GPU."""
    cuda = SimpleNamespace(
        is_initialized=lambda: is_used,
        device_count=lambda: len(sizes),
        memory_reserved=lambda gpu: sizes[gpu][0],
        memory_allocated=lambda gpu: sizes[gpu][1],
    )
    return SimpleNamespace(cuda=cuda)


def test_each_gpu_tells_what_is_used_and_free_and_what_the_process_holds():
    assert sizes_of(FakeNvml(count=2, computing=[(7, 2 * MIB), (8, MIB)]), 7, None) == {
        "vram_used.gpu0": 3 * MIB,
        "vram_free.gpu0": 5 * MIB,
        "vram_process.gpu0": 2 * MIB,
        "vram_used.gpu1": 4 * MIB,
        "vram_free.gpu1": 4 * MIB,
        "vram_process.gpu1": 2 * MIB,
    }


@pytest.mark.parametrize("computing", [[], [(8, MIB)], [(7, None)]])
def test_a_process_that_nvml_does_not_list_with_its_size_has_no_number(computing):
    sizes = sizes_of(FakeNvml(computing=computing), 7, None)
    assert sizes == {"vram_used.gpu0": 3 * MIB, "vram_free.gpu0": 5 * MIB}


def test_what_a_gpu_does_not_tell_is_left_out():
    assert sizes_of(FakeNvml(unsupported={"memory"}, computing=[(7, MIB)]), 7, None) == {"vram_process.gpu0": MIB}
    assert sizes_of(FakeNvml(unsupported={"processes"}), 7, None).keys() == {"vram_used.gpu0", "vram_free.gpu0"}


def test_without_a_gpu_there_is_nothing():
    assert sizes_of(NOTHING, 7, None) == {}
    assert sizes_of(FakeNvml(count=0), 7, None) == {}


def test_of_several_gpus_only_those_count_that_cuda_sees_and_its_first_is_gpu0():
    assert sizes_of(FakeNvml(count=3, computing=[(7, MIB)]), 7, "2") == {
        "vram_used.gpu0": 5 * MIB,
        "vram_free.gpu0": 3 * MIB,
        "vram_process.gpu0": MIB,
    }
    assert sizes_of(FakeNvml(count=3), 7, "") == {}


@pytest.mark.parametrize(("visible", "free_mib"), [(None, 5), ("1", 4), ("GPU-2,GPU-0", 3), ("", None)])
def test_what_is_free_is_asked_of_the_first_that_cuda_sees(visible, free_mib, monkeypatch):
    monkeypatch.setattr(vram_module, "_nvml", lambda: FakeNvml(count=3))
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if visible is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert free_bytes() == (None if free_mib is None else free_mib * MIB)
    monkeypatch.setattr(vram_module, "_nvml", lambda: FakeNvml(unsupported={"memory"}))
    assert free_bytes() is None


def test_the_allocator_is_asked_only_where_it_is_in_use():
    sizes = [(10, 7), (4, 4)]
    assert allocator_sizes(torch_with(sizes)) == {"cuda_reserved": 14, "cuda_allocated": 11}
    assert allocator_sizes(torch_with(sizes, is_used=False)) == {}
    assert allocator_sizes(None) == {}


@pytest.mark.gpu
def test_a_real_gpu_has_memory_free():
    if not read_vram():
        pytest.skip("no GPU here")
    assert free_bytes() > 0
    assert all(name.startswith(("vram_", "cuda_")) for name in read_vram())
