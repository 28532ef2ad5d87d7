"""Emptying caches: which cases want it, and that a buffer larger than any of them is read and written each time."""

from __future__ import annotations

import ctypes
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from josie_bench.bench import cold_caches
from josie_bench.bench.cold_caches import emptying_of
from josie_bench.probes.memory import read_resident
from josie_bench.terms.schedule import Blocks

COLD = Blocks(windows=4, caches="cold")


@pytest.fixture
def added(monkeypatch):
    """Return the buffers that were added to, as they are called for."""
    found = []

    def add(left, right, out):
        assert left is out
        np.add(left, right, out=out)
        found.append(out)

    monkeypatch.setattr(cold_caches, "np", SimpleNamespace(ones=np.ones, add=add, int64=np.int64))
    monkeypatch.setattr(cold_caches, "memory_buffer_bytes", lambda device="cpu": {"cpu": 2**25, "cuda": 2**10}[device])
    return found


def test_every_byte_of_a_buffer_that_no_cache_holds_is_written_each_time(make_case, added):
    empty = emptying_of(make_case(scenario="compute", blocks=COLD))
    assert added == []
    for times in (1, 2):
        empty()
        assert len(added) == times
    assert added[0] is added[1]  # nothing new is allocated
    assert added[0].nbytes == 2**25
    assert (added[0] == 3).all()


def test_the_buffer_lies_in_memory_before_it_is_used(make_case, added):
    ctypes.CDLL(None).malloc_trim(0)  # what earlier tests freed would take the buffer without growing
    before = read_resident()["rss"]
    empty = emptying_of(make_case(scenario="compute", blocks=COLD))
    assert read_resident()["rss"] - before > 0.9 * 2**25
    assert empty is not None


def test_where_caches_stay_warm_nothing_is_held_or_done(make_case, added):
    before = read_resident()["rss"]
    emptying_of(make_case(scenario="compute", blocks=Blocks(windows=4)))()
    assert read_resident()["rss"] - before < 0.5 * 2**25
    assert added == []


def test_of_a_gpu_a_tensor_is_written_and_waited_for_before_the_host_goes_on(make_case, added, monkeypatch):
    """An object that answers as torch does: no GPU was there to try it on."""
    told = []
    tensor = SimpleNamespace(add_=lambda _: told.append("written"))
    stream = SimpleNamespace(synchronize=lambda: told.append(("waited", len(added))))
    torch = SimpleNamespace(
        uint8="uint8",
        zeros=lambda count, dtype, device: told.append((count, dtype, device)) or tensor,
        cuda=SimpleNamespace(current_stream=lambda: stream),
    )
    monkeypatch.setitem(sys.modules, "torch", torch)
    empty = emptying_of(make_case(backend="cuda_graph", scenario="compute", blocks=COLD))
    assert told == []
    empty()
    empty()
    assert told == [(2**10, "uint8", "cuda"), "written", ("waited", 0), "written", ("waited", 1)]
    assert len(added) == 2
