"""Blocks of a recording, worked by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from josie_bench.conformance.recordings import recording
from josie_bench.statistics.blocks import start_rows, whole_blocks


def test_the_first_window_is_held_against_the_median_of_the_others():
    trial = recording(
        [20.0, 20.0, 20.0, 160.0, 35.0, 40.0, 20.0, 21.0, 22.0],
        compute_ms=[10.0, 10.0, 10.0, 60.0, 30.0, 34.0, 9.0, 12.0, 14.0],
        block=[0, 0, 0, 1, 1, 1, 2, 2, 2],
        hops_ms=[100.0] * 3 + [200.0] * 3 + [100.0] * 3,
        deadline_ms=150.0,
    )
    longer, shorter = whole_blocks(trial)
    assert (longer.first_ms, longer.settled_ms, longer.extra_ms) == (60.0, 30.0, 30.0)  # nearest rank of 30 and 34
    assert longer.length_change == 1
    assert (shorter.first_ms, shorter.settled_ms, shorter.extra_ms) == (9.0, 12.0, -3.0)
    assert shorter.length_change == -1


def test_blocks_in_the_warm_up_unanswered_or_cut_off_do_not_count():
    trial = recording(
        [10.0, 10.0, 10.0, 10.0, 10.0, None, 10.0, 10.0, 10.0],
        block=[0, 0, 1, 1, 2, 2, 3, 3, 4],
        warm_up=3,
    )
    (whole,) = whole_blocks(trial)  # 1 began in the warm-up, 2 lacks an answer, 4 ends early
    assert whole.first_ms == 10.0
    assert whole.length_change == 0


def test_a_measured_window_that_opens_a_block_is_one_though_no_answer_ever_came():
    trial = recording([10.0, 10.0, 160.0, 10.0, 10.0, 10.0, None], block=[0, 0, 1, 1, 2, 2, 3], warm_up=1)
    assert start_rows(trial).tolist() == [2, 4, 6]
    assert start_rows(recording([10.0] * 4, block=[0, 0, 1, 1], warm_up=3)).tolist() == []


def test_blocks_of_later_rounds_know_their_round():
    trial = recording([10.0] * 8, block=[0, 0, 1, 1, 2, 2, 3, 3])
    rounds = replace(trial, round=np.repeat([0, 1], 4))
    assert [block.round for block in whole_blocks(rounds)] == [0, 1]
    assert [block.round for block in whole_blocks(trial)] == [0, 0, 0]


@pytest.mark.parametrize("block", [[], [0, 0, 0]])
def test_one_endless_block_has_none(block):
    assert whole_blocks(recording([10.0] * len(block), block=block)) == []


def test_each_round_leaves_out_its_own_first_block():
    """Two rounds of two blocks: the second round's first block is no switch, and its neighbour is of its own round."""
    trial = recording([10.0] * 8, block=[0, 0, 1, 1, 2, 2, 3, 3], hops_ms=[100.0] * 2 + [200.0] * 2 + [100.0] * 4)
    rounds = replace(trial, round=np.array([0] * 4 + [1] * 4))
    assert [block.length_change for block in whole_blocks(trial)] == [1, -1, 0]
    assert [block.length_change for block in whole_blocks(rounds)] == [1, 0]
    assert start_rows(trial).tolist() == [2, 4, 6]
    assert start_rows(rounds).tolist() == [2, 6]
