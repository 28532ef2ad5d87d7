"""Whose memory ran out, in the words of each library as it was seen to say it."""

from __future__ import annotations

import numpy as np
import pytest

from josie_bench.bench.exhaustion import exhaustion_in, exhaustion_of
from josie_bench.terms.result import OUT_OF_DEVICE as DEVICE
from josie_bench.terms.result import OUT_OF_HOST as HOST


@pytest.mark.parametrize(
    ("said", "whose"),
    [
        ("torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 20.00 MiB. GPU 0 has a total capacity", DEVICE),
        ("AcceleratorError: CUDA error: out of memory", DEVICE),
        ("CUDA failure 2: out of memory ; GPU=0", DEVICE),
        ("RuntimeError: CUDNN_STATUS_ALLOC_FAILED", DEVICE),
        ("[defaultAllocator.cpp::allocate::31] Error Code 1: Cuda Runtime (out of memory)", DEVICE),
        ("[GPU] Exceeded max size of memory object allocation: requested 2305843008391495680 bytes", DEVICE),
        ("[enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: can't allocate memory: you tried", HOST),
        ("bfc_arena.cc:360 AllocateRawInternal Failed to allocate memory for requested buffer of size 4000", HOST),
        ("RUNTIME_EXCEPTION : Non-zero status code returned while running Mul node. Message: std::bad_alloc", HOST),
        ("Check 'ptr' failed at cpu_memory.cpp:257: Failed to allocate 7663872811008 bytes of memory", HOST),
        ("RuntimeError: Exception from src/core/src/runtime/allocator.cpp:79: bad allocation", HOST),
        ("OSError: [Errno 12] Cannot allocate memory", HOST),
        ("/opt/cuda/m.onnx: the builder was killed (signal 9), perhaps out of memory", None),
        ("RuntimeError: mat1 and mat2 shapes cannot be multiplied", None),
    ],
)
def test_each_library_s_words_are_known(said, whose):
    assert exhaustion_in(said) == whose


def test_an_array_that_is_too_large_is_the_host_s():
    with pytest.raises(MemoryError) as raised:
        np.empty(2**50)
    said = exhaustion_of(raised.value)
    assert said.startswith(f"{HOST}: ")
    assert "Unable to allocate 8.00 PiB" in said
