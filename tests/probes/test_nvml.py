"""What lists of processes say of ours."""

from __future__ import annotations

from types import SimpleNamespace

from josie_bench.probes._nvml import held_bytes


def listed(*pairs):
    return [SimpleNamespace(pid=pid, usedGpuMemory=held) for pid, held in pairs]


def test_only_ours_count():
    assert held_bytes(listed((1, 10), (2, 20), (3, 40)), {1, 3}) == 50


def test_a_process_that_is_not_listed_or_has_no_size_is_unknown_and_no_zero():
    assert held_bytes(listed((2, 20)), {1}) is None
    assert held_bytes(listed((1, 10), (3, None)), {1, 3}) is None
    assert held_bytes(listed((1, 0)), {1}) == 0
