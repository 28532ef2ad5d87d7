"""The roof of this machine: what it reads and multiplies at most, measured once for each that is asked for."""

from __future__ import annotations

from functools import cache

from josie_bench.probes.peak import bytes_per_s, flops_per_s, memory_buffer_bytes
from josie_bench.terms.profiling import Roof


@cache
def roof_of(device: str, precision: str, threads: int, held_bytes: int) -> Roof:
    """Return what this machine reaches, measured once for each that is asked for."""
    flops = flops_per_s(precision, threads=threads, device=device)
    return Roof(
        device=device,
        precision=precision,
        threads=threads,
        flops_per_s=flops,
        bytes_per_s=bytes_per_s(held_bytes, threads=threads, device=device),
        buffer_bytes=held_bytes,
        memory_bytes_per_s=bytes_per_s(memory_buffer_bytes(device), threads=threads, device=device),
        reason=None if flops is not None else f"no product of {precision} that could be timed by itself",
    )
