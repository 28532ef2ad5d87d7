"""BLEU and chrF of sums, worked by hand; beside sacreBLEU they are held in tests/evaluators."""

from __future__ import annotations

import math

import numpy as np
import pytest

from josie_bench.statistics.text_overlap import LETTERS, OVERLAPS, WORDS, bleu_of_sums, chrf_of_sums


def bleu(written, reference, right, runs):
    return bleu_of_sums(np.array([written, reference, *right, *runs], dtype=np.float64))


def chrf(*lengths):
    rows = [*lengths, *[(0, 0, 0)] * (LETTERS - len(lengths))]
    return chrf_of_sums(np.array(rows, dtype=np.float64).ravel())


def test_counts_are_told_in_the_order_of_the_formula():
    assert OVERLAPS["bleu"].counts == (
        "written", "reference", "right_1", "right_2", "right_3", "right_4", "runs_1", "runs_2", "runs_3", "runs_4",
    )  # fmt: skip
    assert OVERLAPS["chrf"].counts[:4] == ("written_1", "reference_1", "shared_1", "written_2")
    assert [len(overlap.counts) for overlap in OVERLAPS.values()] == [2 + 2 * WORDS, 3 * LETTERS]


def test_bleu_is_a_geometric_mean_of_shares_of_runs():
    by_hand = 100 * math.exp(sum(map(math.log, (5 / 6, 3 / 5, 2 / 4, 1 / 3))) / 4)
    assert bleu(6, 6, (5, 3, 2, 1), (6, 5, 4, 3)) == pytest.approx(by_hand)


def test_bleu_takes_off_for_what_is_short_and_not_for_what_is_long():
    assert bleu(7, 8, (7, 6, 5, 4), (7, 6, 5, 4)) == pytest.approx(100 * math.exp(1 - 8 / 7))
    assert bleu(8, 7, (8, 7, 6, 5), (8, 7, 6, 5)) == pytest.approx(100.0)


def test_lengths_of_which_nothing_is_right_count_half_a_run_and_then_a_quarter():
    by_hand = 100 * math.exp(sum(map(math.log, (4 / 4, 1 / 3, 0.5 / 2, 0.25 / 1))) / 4)
    assert bleu(4, 4, (4, 1, 0, 0), (4, 3, 2, 1)) == pytest.approx(by_hand)


@pytest.mark.parametrize(
    ("right", "runs"), [((0, 0, 0, 0), (4, 3, 2, 1)), ((0, 0, 0, 0), (0, 0, 0, 0)), ((3, 2, 1, 0), (3, 2, 1, 0))]
)
def test_nothing_right_nothing_written_and_three_words_have_a_bleu_of_0(right, runs):
    assert bleu(runs[0], 4, right, runs) == 0.0


def test_chrf_takes_recall_for_twice_as_important():
    """Letters 4 of 5 written and of 8 wanted, pairs 1 of 4 and of 7: P = 0.525, R = (1/2 + 1/7) / 2."""
    precision, recall = (4 / 5 + 1 / 4) / 2, (4 / 8 + 1 / 7) / 2
    assert chrf((5, 8, 4), (4, 7, 1)) == pytest.approx(100 * 5 * precision * recall / (4 * precision + recall))


def test_chrf_of_silence_and_of_nothing_shared_is_0_and_of_a_copy_100():
    assert chrf((0, 8, 0)) == chrf((5, 8, 0)) == chrf() == 0.0
    assert chrf((5, 5, 5), (4, 4, 4)) == pytest.approx(100.0)


def test_lengths_that_only_one_side_has_are_left_out():
    assert chrf((2, 2, 2), (1, 1, 1), (0, 3, 0)) == pytest.approx(100.0)
