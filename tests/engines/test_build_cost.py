"""What a build took, held against a plain clock and a block of memory of known size."""

from __future__ import annotations

import resource
import subprocess
import sys
import time

import pytest

from josie_bench.engines.build_cost import BuildCost


def test_phases_count_in_sum_and_even_when_they_fail():
    cost = BuildCost()
    for _ in range(2):
        with cost.phase("build"):
            time.sleep(0.05)
    with pytest.raises(ZeroDivisionError), cost.phase("export"):
        raise ZeroDivisionError
    assert list(cost.phase_seconds) == ["build", "export"]
    assert 0.1 <= cost.phase_seconds["build"] < 1.0
    assert cost.seconds == pytest.approx(sum(cost.phase_seconds.values()))


def hold(mib: int) -> None:
    """Have a process hold so much memory, and wait until it is gone."""
    subprocess.run([sys.executable, "-c", f"bytearray(b'x') * ({mib} * 2**20)"], check=True)


def test_a_larger_child_counts_and_one_of_an_earlier_build_does_not():
    if BuildCost().peak_mib() is None:
        pytest.skip("no /proc here")
    so_far = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 2**10
    mib = max(so_far, int(BuildCost().peak_mib())) + 200
    cost = BuildCost()
    hold(mib)
    assert mib <= cost.peak_mib() < mib + 150
    assert BuildCost().peak_mib() < mib


HELD_AND_GONE = """
from josie_bench.engines.build_cost import BuildCost
cost = BuildCost()
before = cost.peak_mib()
block = bytearray(b"x") * (200 * 2**20)
del block
print(before, cost.peak_mib())
"""


def test_the_peak_is_seen_after_the_memory_is_gone():
    """In a process of its own: what earlier tests gave back would be taken again, and be no new peak."""
    if BuildCost().peak_mib() is None:
        pytest.skip("no /proc here")
    said = subprocess.run([sys.executable, "-c", HELD_AND_GONE], check=True, capture_output=True, text=True).stdout
    before, after = map(float, said.split())
    assert 180 <= after - before <= 230
