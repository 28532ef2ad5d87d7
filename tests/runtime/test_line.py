"""When chunks arrive, by hand: a chunk's content tells which it is."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from josie_bench.runtime.chunks import Chunk
from josie_bench.runtime.line import Line, legs_of
from josie_bench.terms.fault import Fault

FRAMES = [
    Chunk(modality="audio", sequence=at, content=np.zeros(2, dtype=np.float32), sent_ms=50.0 * (at + 1))
    for at in range(6)
]
WORD = Chunk(modality="text", sequence=0, content=b"word", sent_ms=300.0)


def fault(kind, **said):
    return Fault(kind=kind, at=0, **said)


def legs(held, chunks=(*FRAMES, WORD), begun_ms=0.0, seed=0):
    found, hits = legs_of(chunks, held, np.random.default_rng(seed), begun_ms)
    return sorted((chunk.modality, chunk.sequence, at_ms) for at_ms, chunk in found), hits


def as_sent(*chunks):
    return sorted((chunk.modality, chunk.sequence, chunk.sent_ms) for chunk in chunks)


@pytest.mark.parametrize(
    "held", [None, fault("stall", lasts_ms=100.0), fault("raises", component="audio_encoder"), fault("disconnect")]
)
def test_what_is_no_fault_of_the_line_lets_all_arrive_as_it_is_sent(held):
    assert legs(held) == (as_sent(*FRAMES, WORD), 0)


@pytest.mark.parametrize("kind", ["lost", "dies"])
def test_what_is_lost_never_arrives_and_the_rest_does(kind):
    assert legs(fault(kind, of=("audio",))) == (as_sent(WORD), 6)


def test_a_share_hits_as_many_chunks_as_it_says_and_the_same_each_time():
    many = [Chunk(modality="text", sequence=at, content=b"", sent_ms=0.0) for at in range(1000)]
    found, hits = legs(fault("lost", of=("text",), share=0.3), many)
    assert 250 < hits < 350  # 300 ± 3.4 standard deviations of 14.5
    assert len(found) == 1000 - hits
    assert legs(fault("lost", of=("text",), share=0.3), many) == (found, hits)


def test_late_chunks_arrive_so_much_later_and_doubles_twice():
    late, _ = legs(fault("late", of=("text",), by_ms=120.0))
    assert ("text", 0, 420.0) in late
    twice, hits = legs(fault("duplicated", of=("text",), by_ms=70.0))
    assert [leg for leg in twice if leg[0] == "text"] == [("text", 0, 300.0), ("text", 0, 370.0)]
    assert hits == 1


@pytest.mark.parametrize("variation", [0.3, 1.0, 2.5])
def test_late_chunks_that_vary_are_late_by_a_gamma_law_of_that_mean_and_variation(variation):
    many = [Chunk(modality="text", sequence=at, content=b"", sent_ms=1000.0 * at) for at in range(4000)]
    found, hits = legs_of(
        many, fault("late", of=("text",), by_ms=80.0, variation=variation), np.random.default_rng(0), 0.0
    )
    delays = [at_ms - chunk.sent_ms for at_ms, chunk in found]
    shape = 1 / variation**2
    assert hits == 4000
    assert stats.kstest(delays, stats.gamma(shape, scale=80.0 / shape).cdf).pvalue > 0.01
    assert np.mean(delays) == pytest.approx(80.0, abs=4 * variation * 80.0 / 4000**0.5)


def test_frames_in_another_order_are_all_there_when_the_last_is():
    found, hits = legs_of(FRAMES, fault("reordered", of=("audio",)), np.random.default_rng(1), 0.0)
    assert {at_ms for at_ms, _ in found} == {300.0}
    order = [chunk.sequence for _, chunk in found]
    assert (sorted(order), hits) == (list(range(6)), 6)
    assert order != sorted(order)


def test_jitter_delays_each_chunk_by_no_more_than_it_says():
    found, _ = legs(fault("reordered", of=("audio",), by_ms=200.0), FRAMES)
    delays = [at_ms - 50.0 * (sequence + 1) for _, sequence, at_ms in found]
    assert min(delays) >= 0.0
    assert max(delays) <= 200.0
    assert len({round(delay, 3) for delay in delays}) == 6


def test_a_clock_that_is_too_fast_sends_everything_sooner_and_a_slow_one_later():
    # 100,000 ppm since 100 ms: the frame due at 300 ms comes at 100 + 200 / 1.1
    (*_, last), _ = legs(fault("skewed", ppm=100_000.0), FRAMES, begun_ms=100.0)
    assert last[2] == pytest.approx(281.818, abs=1e-3)
    (*_, last), _ = legs(fault("skewed", ppm=-100_000.0), FRAMES, begun_ms=100.0)
    assert last[2] == pytest.approx(322.222, abs=1e-3)


def test_chunks_come_out_when_they_arrive_in_the_order_in_which_they_do():
    line = Line()
    line.carry([(30.0, FRAMES[0]), (10.0, FRAMES[1]), (30.0, FRAMES[2]), (31.0, FRAMES[3])])
    assert [chunk.sequence for chunk in line.arrived(30.0)] == [1, 0, 2]
    assert list(line.arrived(30.9)) == []
    assert [chunk.sequence for chunk in line.arrived(100.0)] == [3]
