"""Tests of the virtual listener, against cases worked by hand and against its own definition."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from josie_bench.terms.playback import Ints, audible_stalls_ns, least_prebuffer_ns, stalls_ns, talk_spurts

CHUNKS = st.lists(st.tuples(st.integers(0, 500), st.integers(1, 200)), min_size=1, max_size=20)


def spurt(chunks: list[tuple[int, int]]) -> tuple[Ints, Ints]:
    """Return when each chunk is readable and how long it plays; the first numbers are gaps between them."""
    gaps, durations = zip(*chunks, strict=True)
    return np.cumsum(np.array(gaps, dtype=np.int64)), np.array(durations, dtype=np.int64)


def test_player_stalls_for_what_a_chunk_is_late() -> None:
    ready, duration = np.array([10, 130, 200, 420]), np.array([100, 100, 100, 100])
    # Starts at 10; due 110 → 20 late; due 230; due 330 → 90 late.
    assert stalls_ns(ready, duration, 0).tolist() == [0, 20, 0, 90]
    # Starts at 60; due 160, 260, 360 → 60 late.
    assert stalls_ns(ready, duration, 50).tolist() == [0, 0, 0, 60]


def test_stalls_that_nobody_hears_are_left_out_over_all_spurts() -> None:
    late = np.array([0, 100_000_000 + 5_000_001]), np.array([100_000_000, 100_000_000])
    unheard = np.array([0, 100_000_000 + 5_000_000]), np.array([100_000_000, 100_000_000])
    assert audible_stalls_ns([late, unheard, late], 0).tolist() == [5_000_001, 5_000_001]
    assert audible_stalls_ns([late], 1).tolist() == []


def test_least_prebuffer_is_the_worst_lateness_of_any_chunk() -> None:
    # Media time before each chunk 0, 100, 200, 300; since the first 0, 120, 190, 410.
    assert least_prebuffer_ns(np.array([10, 130, 200, 420]), np.array([100, 100, 100, 100])) == 110


def test_chunks_that_come_early_need_no_prebuffer() -> None:
    assert least_prebuffer_ns(np.array([10, 20, 30]), np.array([100, 100, 100])) == 0


def test_empty_spurt_neither_stalls_nor_waits() -> None:
    nothing = np.zeros(0, dtype=np.int64)
    assert len(stalls_ns(nothing, nothing, 5)) == 0
    assert least_prebuffer_ns(nothing, nothing) == 0


@given(chunks=CHUNKS, extra=st.integers(0, 300))
def test_with_the_least_prebuffer_or_more_nothing_stalls(chunks: list[tuple[int, int]], extra: int) -> None:
    ready, duration = spurt(chunks)
    assert not stalls_ns(ready, duration, least_prebuffer_ns(ready, duration) + extra).any()


@given(chunks=CHUNKS)
def test_with_less_than_the_least_prebuffer_something_stalls(chunks: list[tuple[int, int]]) -> None:
    ready, duration = spurt(chunks)
    least = least_prebuffer_ns(ready, duration)
    if least > 0:
        assert stalls_ns(ready, duration, least - 1).sum() == 1


@given(chunks=CHUNKS, prebuffer=st.integers(0, 300), more=st.integers(0, 300))
def test_total_stall_only_shrinks_as_the_prebuffer_grows(
    chunks: list[tuple[int, int]], prebuffer: int, more: int
) -> None:
    ready, duration = spurt(chunks)
    little, much = stalls_ns(ready, duration, prebuffer), stalls_ns(ready, duration, prebuffer + more)
    assert (np.cumsum(much) <= np.cumsum(little)).all()


@given(chunks=CHUNKS, prebuffer=st.integers(0, 300))
def test_stalls_and_prebuffer_together_are_the_least_prebuffer(chunks: list[tuple[int, int]], prebuffer: int) -> None:
    ready, duration = spurt(chunks)
    total = int(stalls_ns(ready, duration, prebuffer).sum())
    assert total == max(0, least_prebuffer_ns(ready, duration) - prebuffer)


def test_spurts_are_the_runs_of_speech() -> None:
    speaking = np.array([True, True, False, True, False, False, True])
    assert talk_spurts(speaking) == [slice(0, 2), slice(3, 4), slice(6, 7)]
    assert talk_spurts(np.zeros(3, dtype=np.bool_)) == []
    assert talk_spurts(np.zeros(0, dtype=np.bool_)) == []


@given(st.lists(st.booleans(), max_size=40))
def test_spurts_hold_every_speaking_window_once_and_do_not_touch(is_speaking: list[bool]) -> None:
    found = talk_spurts(np.array(is_speaking, dtype=np.bool_))
    rows = [row for run in found for row in range(run.start, run.stop)]
    assert rows == [row for row, speaks in enumerate(is_speaking) if speaks]
    assert all(before.stop < after.start for before, after in pairwise(found))
