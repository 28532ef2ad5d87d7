"""Places in the schedule, worked by hand."""

from __future__ import annotations

import json
from dataclasses import asdict
from itertools import islice, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from josie_bench.terms.schedule import CONTENTS, Blocks, slots

MS = 1_000_000


def first(count, blocks, window_ms=300.0, hop_ms=300.0):
    return list(islice(slots(blocks, window_ms=window_ms, hop_ms=hop_ms), count))


def test_without_blocks_windows_come_at_the_hop_for_ever():
    places = first(4, Blocks(), window_ms=600.0, hop_ms=300.0)
    assert [place.start_ns // MS for place in places] == [0, 300, 600, 900]
    assert [place.close_ns // MS for place in places] == [300, 600, 900, 1200]
    assert {place.window_ns // MS for place in places} == {600}
    assert {(place.block, place.content, place.kind) for place in places} == {(0, "recorded", "300 ms")}


def test_lengths_take_turns_block_by_block_and_pauses_move_the_clock_alone():
    places = first(6, Blocks(windows=2, lengths_ms=(200.0, 400.0), pause_ms=1000.0))
    assert [place.block for place in places] == [0, 0, 1, 1, 2, 2]
    assert [place.hop_ns // MS for place in places] == [200, 200, 400, 400, 200, 200]
    assert [place.window_ns for place in places] == [place.hop_ns for place in places]
    assert [place.start_ns // MS for place in places] == [0, 200, 1400, 1800, 3200, 3400]
    assert [place.media_ns // MS for place in places] == [0, 200, 400, 800, 1200, 1400]


def test_all_lengths_come_with_one_content_before_the_next():
    blocks = Blocks(windows=1, lengths_ms=(200.0, 400.0), contents=("unique", "silent"))
    assert (blocks.kinds, blocks.cycle) == (4, 4)
    assert Blocks(contents=("silent",)).cycle == 1
    assert [place.kind for place in first(5, blocks)] == [
        "200 ms unique", "400 ms unique", "200 ms silent", "400 ms silent", "200 ms unique",
    ]  # fmt: skip


def test_a_long_schedule_does_not_drift():
    """Four hours of a hop that no binary fraction holds."""
    last = first(200_000, Blocks(), window_ms=86.4, hop_ms=86.4)[-1]
    assert last.close_ns == 200_000 * 86_400_000


@given(
    windows=st.integers(1, 5),
    lengths=st.lists(st.sampled_from([50.0, 80.0, 200.0, 1000.0]), max_size=3),
    contents=st.lists(st.sampled_from(CONTENTS), min_size=1, max_size=3),
    pause=st.sampled_from([0.0, 0.5, 2000.0]),
)
def test_hops_meet_but_for_pauses_between_blocks(windows, lengths, contents, pause):
    blocks = Blocks(windows=windows, lengths_ms=tuple(lengths), contents=tuple(contents), pause_ms=pause)
    places = first(60, blocks)
    for before, after in pairwise(places):
        gap = round(pause * MS) if after.block != before.block else 0
        assert after.start_ns - before.close_ns == gap
        assert after.media_ns - before.media_ns == before.hop_ns
    later = [place.kind for place in places[blocks.cycle :]]
    assert later == [place.kind for place in places[: len(later)]]


@pytest.mark.parametrize(
    "blocks", [Blocks(), Blocks(windows=3, lengths_ms=(50.0,), contents=("silent",), pause_ms=1.5, caches="cold")]
)
def test_blocks_come_back_from_json(blocks):
    assert Blocks.from_json(json.loads(json.dumps(asdict(blocks)))) == blocks
