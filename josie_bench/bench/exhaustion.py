"""Whose memory ran out, told from the words of a library: each has its own, and few raise `MemoryError`."""

from __future__ import annotations

import re

from josie_bench.terms.result import OUT_OF_DEVICE, OUT_OF_HOST

# torch, CUDA, cuBLAS and cuDNN, TensorRT's log, OpenCL, OpenVINO on a GPU. CL_OUT_OF_RESOURCES is left out: a fault
# of a kernel is reported as it too.
ON_DEVICE = re.compile(
    r"OutOfMemoryError|\b(?:CUDA|HIP|XPU|MPS)\b[\w :(]{0,20}out of memory|CUDA_ERROR_OUT_OF_MEMORY"
    r"|cudaErrorMemoryAllocation|CU(?:BLAS|DNN)_STATUS_ALLOC_FAILED|CL_MEM_OBJECT_ALLOCATION_FAILURE"
    r"|Exceeded max size of memory",
    re.IGNORECASE,
)
# Python and NumPy, torch, ONNX Runtime (its one backend here is the CPU's), OpenVINO, the system, C++.
ON_HOST = re.compile(
    r"MemoryError|DefaultCPUAllocator|Failed to allocate (?:memory|\d+ bytes)|Cannot allocate memory"
    r"|Could not allocate memory|std::bad_alloc|bad allocation",
    re.IGNORECASE,
)


def exhaustion_of(error: BaseException) -> str | None:
    """Return whose memory an error says has run out, with its words; None where it says nothing of the kind."""
    said = f"{type(error).__name__}: {error}"
    whose = exhaustion_in(said)
    if whose is None:
        return None if error.__cause__ is None else exhaustion_of(error.__cause__)
    return f"{whose}: {' '.join(said.split())}"


def exhaustion_in(said: str) -> str | None:
    """Return whose memory has run out by what a library said; None where it says nothing of the kind."""
    if ON_DEVICE.search(said):
        return OUT_OF_DEVICE
    return OUT_OF_HOST if ON_HOST.search(said) else None
