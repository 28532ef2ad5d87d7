"""`peak`: what this machine reads and multiplies in a second when it is asked for nothing else.

The best of many short tries, because whatever else runs can only slow one down. What nothing here reached may still be
possible: this is the most that was seen, by the libraries that are installed.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from josie_bench.probes._kernel_files import text
from josie_bench.terms.timebase import NS_PER_S, ns_from_ms

SIDES = (256, 512, 1024)  # of the matrices: small ones stay in a cache, large ones fill a processor
GPU_SIDES = (2048, 4096, 8192)
TRIES, LEAST_NS = 5, ns_from_ms(100.0)
BEYOND_CACHES = 8  # times the largest cache
UNKNOWN_CACHE_BYTES = 32 * 2**20
GPU_BUFFER_BYTES = 2**30
CACHES = Path("/sys/devices/system/cpu/cpu0/cache")
DTYPES = {"fp32": "float32", "fp16": "float16", "bf16": "bfloat16"}


def flops_per_s(precision: str, *, threads: int, device: str = "cpu") -> float | None:
    """Return the FLOPs a second of the best matrix product; None for a precision that PyTorch has no product of.

    Args:
        precision: of both matrices, as in `terms.precision`.
        threads: that may compute.
        device: `cpu` or `cuda`.
    """
    if precision not in DTYPES:
        return None
    import torch

    torch.set_num_threads(threads)
    best = 0.0
    for side in SIDES if device == "cpu" else GPU_SIDES:
        left, right, out = (torch.ones(side, side, dtype=_dtype(precision), device=device) for _ in range(3))
        best = max(best, 2.0 * side**3 * _most_often(partial(torch.mm, left, right, out=out), device))
    return best


def bytes_per_s(byte_count: int, *, threads: int, device: str = "cpu") -> float:
    """Return the bytes a second at which a buffer of `byte_count` is read over and over."""
    import torch

    torch.set_num_threads(threads)
    buffer = torch.ones(max(1, byte_count // 4), dtype=torch.float32, device=device)
    return 4.0 * len(buffer) * max(_most_often(read, device) for read in (buffer.sum, buffer.amax))


def memory_buffer_bytes(device: str = "cpu", caches: Path = CACHES) -> int:
    """Return how large a buffer is of which no cache holds more than a small part."""
    if device != "cpu":
        return GPU_BUFFER_BYTES
    sizes = [text(file).strip().removesuffix("K") for file in caches.glob("index*/size")]
    largest = max((int(size) * 2**10 for size in sizes if size.isdigit()), default=UNKNOWN_CACHE_BYTES)
    return BEYOND_CACHES * largest


def _dtype(precision: str) -> Any:
    import torch

    return getattr(torch, DTYPES[precision])


def _most_often(work: Callable[[], object], device: str) -> float:
    """Return how often a second the fastest of the tries was, after one that is not looked at."""
    import torch

    took: list[int] = []
    begun = time.monotonic_ns()
    while len(took) <= TRIES or time.monotonic_ns() - begun < LEAST_NS:
        start = time.monotonic_ns()
        work()
        if device != "cpu":
            torch.cuda.synchronize()
        took.append(time.monotonic_ns() - start)
    return NS_PER_S / min(took[1:])
