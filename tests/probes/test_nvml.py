"""Which GPUs CUDA sees, and what lists of processes say of ours."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from josie_bench.probes._nvml import held_bytes, visible_gpus
from tests.probes.nvml import FakeNvml


def listed(*pairs):
    return [SimpleNamespace(pid=pid, usedGpuMemory=held) for pid, held in pairs]


@pytest.mark.parametrize(
    ("visible", "seen"),
    [
        (None, [0, 1, 2]),
        ("1", [1]),
        (" 2,0", [2, 0]),
        ("GPU-1,GPU-0", [1, 0]),
        ("1,-1,2", [1]),  # as CUDA has it: what is no GPU hides what follows
        ("2,7,0", [2]),
        ("", []),
        ("-1", []),
        ("GPU-7", []),
        ("GPU-2e5", [2]),
        ("1,GPU,0", [1]),  # three begin so
        ("MIG-2-55b5", [2]),  # a part of one is told by the whole
    ],
)
def test_cuda_sees_what_it_is_told_to_in_that_order(visible, seen):
    assert visible_gpus(FakeNvml(count=3), visible) == seen


def test_only_ours_count():
    assert held_bytes(listed((1, 10), (2, 20), (3, 40)), {1, 3}) == 50


def test_a_process_that_is_not_listed_or_has_no_size_is_unknown_and_no_zero():
    assert held_bytes(listed((2, 20)), {1}) is None
    assert held_bytes(listed((1, 10), (3, None)), {1, 3}) is None
    assert held_bytes(listed((1, 0)), {1}) == 0
