"""What a process holds, as readings of an edge between phases."""

from __future__ import annotations

import mmap
from types import SimpleNamespace

from josie_bench.bench.memory_readings import as_readings, grown_readings, library_sizes, memory_readings
from josie_bench.terms.recording import MemoryReading


def test_sizes_become_readings_of_their_phase_in_order():
    assert as_readings("loaded", {"rss": 3, "heap": 2}) == [
        MemoryReading(phase="loaded", name="rss", byte_count=3),
        MemoryReading(phase="loaded", name="heap", byte_count=2),
    ]


def test_this_process_holds_something_and_more_with_a_large_array():
    before = {each.name: each.byte_count for each in memory_readings("before")}
    held = mmap.mmap(-1, 64 * 2**20)  # pages of its own: an allocator may give what the process holds already
    held.write(b"x" * len(held))
    after = {each.name: each.byte_count for each in memory_readings("after")}
    held.close()
    assert before["rss"] > 0
    assert after["rss"] - before["rss"] > 48 * 2**20


class Engine:
    """An executable whose library tells of these sizes."""

    signature = None
    step = reset = undo = state = staticmethod(dict)

    def __init__(self, **sizes: int) -> None:
        self._sizes = sizes

    def library_bytes(self) -> dict[str, int]:
        return self._sizes


def test_what_libraries_tell_is_summed_over_the_engines_that_can_be_asked():
    silent = SimpleNamespace(signature=None, step=dict, reset=dict, undo=dict, state=dict)
    engines = [Engine(tensorrt_scratch=5, tensorrt_contexts=2), silent, Engine(tensorrt_scratch=7), Engine()]
    assert library_sizes(engines) == {"tensorrt_scratch": 12, "tensorrt_contexts": 2}
    read = {(each.phase, each.name): each.byte_count for each in memory_readings("warm", engines)}
    assert read["warm", "tensorrt_scratch"] == 12
    assert read["warm", "rss"] > 0
    assert not any(each.name.startswith("tensorrt") for each in memory_readings("warm"))


def test_what_calls_added_is_read_at_their_component_s_place():
    assert grown_readings({("audio_decoder", "rss"): -3}) == [
        MemoryReading(phase="warm.audio_decoder", name="rss", byte_count=-3)
    ]
