"""What a process holds, as readings of an edge between phases."""

from __future__ import annotations

from josie_bench.bench.memory_readings import as_readings, memory_readings
from josie_bench.terms.recording import MemoryReading


def test_sizes_become_readings_of_their_phase_in_order():
    assert as_readings("loaded", {"rss": 3, "heap": 2}) == [
        MemoryReading(phase="loaded", name="rss", byte_count=3),
        MemoryReading(phase="loaded", name="heap", byte_count=2),
    ]


def test_this_process_holds_something_and_more_with_a_large_array():
    before = {each.name: each.byte_count for each in memory_readings("before")}
    held = bytearray(64 * 2**20)
    held[::4096] = b"x" * len(held[::4096])
    after = {each.name: each.byte_count for each in memory_readings("after")}
    assert before["rss"] > 0
    assert after["rss"] - before["rss"] > 48 * 2**20
