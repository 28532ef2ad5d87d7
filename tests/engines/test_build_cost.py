"""What a build took, held against a plain clock and a block of memory of known size."""

from __future__ import annotations

import gc
import resource
import subprocess
import sys
import time

import pytest

from josie_bench.engines.build_cost import BuildCost
from josie_bench.probes.memory import read_memory
from josie_bench.terms.timebase import mib_from_bytes


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


def test_the_peak_is_seen_after_the_memory_is_gone():
    gc.collect()  # what earlier tests left is not to be given back meanwhile
    cost = BuildCost()
    before = cost.peak_mib()
    if before is None:
        pytest.skip("no /proc here")
    # Where the system does not let a peak be forgotten, an earlier test's is above what is held now.
    held = round(mib_from_bytes(read_memory()["rss"]))
    block = bytearray(b"x") * ((max(0, round(before) - held) + 64) * 2**20)
    del block
    assert cost.peak_mib() >= before + 40
