"""Caches emptied of what a trial left in them, outside of what is timed. On a GPU never run on one."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from josie_bench.backends import computes_on_gpu
from josie_bench.plugins import find_member
from josie_bench.probes.peak import memory_buffer_bytes
from josie_bench.terms.case import Case
from josie_bench.terms.schedule import COLD


def emptying_of(case: Case) -> Callable[[], None]:
    """Return what a case wants done to caches between two of its blocks; where they stay warm it does nothing.

    The buffer for the host's caches lies in memory, touched, when this returns; that for a GPU's once it is needed.
    """
    if case.blocks.caches != COLD:
        return lambda: None
    host = _host_emptying(memory_buffer_bytes())
    if not any(computes_on_gpu(find_member("backends", backend)) for backend, _ in case.engines.pairs()):
        return host
    gpu = _GpuEmptying(memory_buffer_bytes("cuda"))

    def both() -> None:
        gpu()
        host()

    return both


def _host_emptying(byte_count: int) -> Callable[[], None]:
    """Return what reads and writes a buffer of its own, on the core that it is called on."""
    buffer = np.ones(max(1, byte_count // 8), dtype=np.int64)

    def empty() -> None:
        np.add(buffer, 1, out=buffer)

    return empty


class _GpuEmptying:
    """What reads and writes a tensor on the GPU and waits for it, so that engines on any stream come after it."""

    def __init__(self, byte_count: int) -> None:
        import torch

        self._torch = torch
        self._byte_count = byte_count
        self._tensor: torch.Tensor | None = None

    def __call__(self) -> None:
        if self._tensor is None:  # a context on the GPU is part of loading engines, not of what comes before
            self._tensor = self._torch.zeros(self._byte_count, dtype=self._torch.uint8, device="cuda")
        self._tensor.add_(1)
        self._torch.cuda.current_stream().synchronize()
