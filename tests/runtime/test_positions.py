"""Blocks of positions and where each stands, worked by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from josie_bench.model.presets import TINY, switch_off
from josie_bench.model.sizes import GuestSizes
from josie_bench.runtime.positions import Positions, join

CODEBOOKS = TINY.audio.codebooks


def own(count):
    return np.arange(count * (1 + CODEBOOKS)).reshape(count, -1)


def seen(patches, tokens):
    return np.full((patches, tokens, TINY.vision.codebooks), 7)


def places(block):
    return block["positions"][0].tolist()


def test_frames_and_words_count_up_together():
    positions = Positions(TINY)
    assert places(positions.frames(own(2), None)) == [[0, 0, 0], [1, 1, 1]]
    assert places(positions.text([5, 6])) == [[2, 2, 2], [3, 3, 3]]
    assert places(positions.frames(own(1), None)) == [[4, 4, 4]]


def test_a_picture_stands_at_its_instant_by_row_and_column_and_counts_nothing():
    positions = Positions(TINY)
    positions.frames(own(3), None)
    assert places(positions.vision(seen(1, 6), 3, 6)) == [
        [3, 3, 3], [3, 3, 4], [3, 3, 5], [3, 4, 3], [3, 4, 4], [3, 4, 5],
    ]  # fmt: skip
    assert positions.counter == 3


def test_pictures_of_one_window_are_spread_over_its_frames():
    block = Positions(TINY).vision(seen(3, 1), 1, 6)
    assert places(block) == [[0, 0, 0], [2, 0, 0], [4, 0, 0]]


def test_without_m_rope_every_token_has_a_number_of_its_own():
    positions = Positions(switch_off(TINY, "m_rope"))
    assert places(positions.vision(seen(1, 4), 2, 6)) == [[0] * 3, [1] * 3, [2] * 3, [3] * 3]
    assert places(positions.frames(own(1), None)) == [[4, 4, 4]]


def test_what_a_block_does_not_hold_is_absent():
    positions = Positions(TINY)
    heard = np.arange(CODEBOOKS)[None]
    frame, word, picture = positions.frames(own(1), heard), positions.text([9]), positions.vision(seen(1, 1), 1, 6)
    assert frame["tokens"][0, 0].tolist() == [*range(1 + CODEBOOKS), *range(CODEBOOKS)]
    assert positions.frames(own(1), None)["tokens"][0, 0, 1 + CODEBOOKS :].tolist() == [-1] * CODEBOOKS
    assert word["tokens"][0, 0].tolist() == [9] + [-1] * (2 * CODEBOOKS)
    assert (picture["tokens"] == -1).all()
    assert picture["vision"].tolist() == [[[7] * TINY.vision.codebooks]]
    assert (frame["vision"] == -1).all()
    assert [int(block["kind"][0, 0]) for block in (frame, word, picture)] == [0, 0, 1]


def test_a_guest_has_a_kind_and_codes_of_its_own():
    sizes = replace(TINY, guests=(GuestSizes(name="thermal", codebooks=3, card=8, ring=4),))
    positions = Positions(sizes)
    positions.text([1])
    block = positions.guest("thermal", np.array([[1, 2, 3], [4, 5, 6]]))
    assert block["kind"].tolist() == [[2, 2]]
    assert block["thermal"].tolist() == [[[1, 2, 3], [4, 5, 6]]]
    assert places(block) == [[1, 1, 1], [1, 1, 2]]
    assert (positions.frames(own(1), None)["thermal"] == -1).all()


def test_blocks_join_in_order():
    positions = Positions(TINY)
    both = join([positions.text([3]), positions.frames(own(2), None)])
    assert places(both) == [[0] * 3, [1] * 3, [2] * 3]
    assert both["tokens"].shape == (1, 3, TINY.streams)
