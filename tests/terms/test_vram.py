"""What was held of GPUs, by round, worked by hand; and why it may not be known."""

from __future__ import annotations

from dataclasses import replace
from math import nan

import pytest

from josie_bench.conformance.recordings import recording
from josie_bench.terms.recording import PREDICTED_VRAM, MemoryReading
from josie_bench.terms.telemetry import AbsentSource, Telemetry
from josie_bench.terms.vram import HIDDEN, most_held_mib, most_used_mib, vram_absence, vrams
from tests.terms.test_telemetry import table

NO_DRIVER = AbsentSource(name="gpu", reason="no_driver", detail="no driver")


def readings(sizes, number=0):
    return tuple(
        MemoryReading(phase=phase, name=name, byte_count=count, round=number) for (phase, name), count in sizes.items()
    )


DEVICE = {("start", "vram_used.gpu0"): 40, ("end", "vram_used.gpu0"): 700, ("start", "vram_free.gpu0"): 960}
PREDICTED = {(PREDICTED_VRAM, "weights.audio_encoder"): 300, (PREDICTED_VRAM, "rings.audio_encoder"): 50}
CONTEXT = {(PREDICTED_VRAM, "runtime_context"): 200}
PROCESS = {("loaded", "vram_process.gpu0"): 500, ("end", "vram_process.gpu0"): 620}


def test_a_process_is_held_against_the_terms_that_lie_there():
    (vram,) = vrams(readings(DEVICE | PREDICTED | CONTEXT | PROCESS))
    assert vram.process == {"loaded": 500, "end": 620}
    assert (vram.predicted, vram.has_context, vram.unexplained, vram.device_growth) == (550, True, 70, 660)


def test_without_the_context_s_term_that_is_said():
    assert [vram.has_context for vram in vrams(readings(PREDICTED | PROCESS))] == [False]


def test_gpus_add_up():
    other = {(phase, "vram_process.gpu1"): 100 for phase in ("loaded", "end")}
    used = {("start", "vram_used.gpu1"): 7, ("end", "vram_used.gpu1"): 107}
    (vram,) = vrams(readings(DEVICE | PROCESS | other | used))
    assert vram.process == {"loaded": 600, "end": 720}
    assert (vram.device_growth, vram.predicted, vram.unexplained) == (760, None, None)


def test_fragments_are_what_the_allocator_has_and_nobody_uses():
    sizes = {("end", "cuda_reserved"): 90, ("end", "cuda_allocated"): 64}
    (vram,) = vrams(readings(sizes))
    assert (vram.reserved, vram.allocated, vram.fragmentation) == (90, 64, 26)
    assert vrams(readings(PREDICTED))[0].fragmentation is None


def test_a_case_on_a_cpu_holds_nothing_of_a_gpu_that_is_there():
    assert vrams(readings(DEVICE | {("end", "rss"): 5})) == []


def test_each_round_has_its_own():
    later = readings(PREDICTED | {("end", "vram_process.gpu0"): 400}, 1)
    assert [vram.unexplained for vram in vrams((*later, *readings(PREDICTED | PROCESS)))] == [270, 50]


@pytest.mark.parametrize(
    ("sizes", "told", "expected"),
    [
        (DEVICE | PREDICTED, None, HIDDEN),
        (PREDICTED, table([], absent=[NO_DRIVER]), ("no_driver", "no driver")),
        (PREDICTED, None, ("not_measured", "nobody watched the machine")),
    ],
)
def test_why_nothing_is_known(sizes, told: Telemetry | None, expected):
    found = vram_absence(replace(recording([50.0], memory=readings(sizes)), telemetry=told))
    assert expected in (found, (found.reason, found.detail))


MIB = 2**20
EDGE = {("loaded.audio_encoder", "vram_process.gpu0"): 900 * MIB, ("end", "vram_process.gpu0"): 500 * MIB}
USED = {("start", "vram_used.gpu0"): 70 * MIB, ("end", "vram_used.gpu0"): 1000 * MIB, ("end", "vram_used.gpu1"): MIB}


def seen(sizes, *rows):
    told = table([(at, gpu, name, mib) for at, (gpu, name, mib) in enumerate(rows)])
    return replace(recording([50.0], memory=readings(sizes)), telemetry=told)


def test_the_most_that_was_held_is_at_an_edge_or_in_between():
    between = [("gpu0", "own_memory", nan), ("gpu0", "own_memory", 700.0)]
    assert most_held_mib(seen(EDGE, *between)) == 900.0
    assert most_held_mib(seen(EDGE, *between, ("gpu0", "own_memory", 1200.0))) == 1200.0
    assert most_used_mib(seen(USED, ("gpu0", "memory_used", 900.0))) == 1001.0
    assert most_used_mib(seen(USED, ("gpu0", "memory_used", 1500.0))) == 1500.0


def test_of_two_gpus_the_most_of_each_counts_though_at_other_instants():
    rows = [("gpu0", "own_memory", 700.0), ("gpu1", "own_memory", 600.0), ("gpu0", "own_memory", 10.0)]
    assert most_held_mib(seen(EDGE, *rows)) == 1300.0


def test_what_was_seen_at_edges_alone_or_in_between_alone_is_no_most():
    assert most_held_mib(seen(EDGE)) is None
    assert most_held_mib(seen({}, ("gpu0", "own_memory", 700.0))) is None
    assert most_held_mib(seen(EDGE, ("gpu0", "own_memory", nan))) is None
    assert most_used_mib(seen(EDGE, ("gpu0", "memory_used", 700.0))) is None
    assert most_held_mib(recording([50.0], memory=readings(EDGE))) is None
