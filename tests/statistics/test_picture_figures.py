"""Distances of pictures in pairs, on features worked by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from josie_bench.statistics.kernel_distance import unbiased_distance
from josie_bench.statistics.non_inferiority import MARGINS, NonInferiority
from josie_bench.statistics.picture_figures import (
    PictureFigure,
    figures_of_pairs,
    frechet_pairs_score,
    kernel_pairs_score,
    pairs_of,
)
from josie_bench.statistics.quality_figures import FIGURES, KID, RFID, loss
from josie_bench.terms.judged import REFERENCE, Judged, JudgedItem, JudgeUse

JUDGES = tuple(JudgeUse(role=role, identity="x") for role in ("pixel_decoder", "inception"))


def row(index, after, side="engine", before=None):
    before = np.random.default_rng(index).standard_normal(3, dtype=np.float32) if before is None else before
    features = {"before": before, "after": before + np.float32(after)}
    return JudgedItem(item=f"i{index}", cluster=f"i{index}", task="look", side=side, features=features)


def judged(*rows, judges=JUDGES):
    return Judged(tasks=("look",), rows=rows, judges=judges)


def test_rows_without_features_are_left_out():
    bare = JudgedItem(item="x", cluster="x", task="look")
    found = pairs_of([row(0, 1.0), bare, row(1, 1.0)])
    assert found.item == ("i0", "i1")
    assert found.before.shape == found.after.shape == (2, 3)
    assert pairs_of([bare]).item == ()


def test_two_pairs_make_the_kernel_distance_that_is_worked_by_hand():
    """Of numbers 0 and 1 that are drawn as 0 and 2: k(x, y) = (xy + 1)³, without a pair against itself."""
    one, two = (np.array([value], dtype=np.float32) for value in (0.0, 1.0))
    rows = (row(0, 0.0, before=one), row(1, 1.0, before=two))
    # within: k(0, 1) + k(0, 2) = 1 + 1; across: k(0, 2) + k(1, 0) = 1 + 1
    assert KID.score(judged(*rows)).value == pytest.approx(0.0)
    third = row(2, 1.0, before=two)  # pairs of items 1 and 2: 2³ + 3³·… as below
    across, within = (1 * 2 + 1) ** 3, ((1 * 1 + 1) ** 3 + (2 * 2 + 1) ** 3)
    wanted = 2 * (within - 2 * across) / 6  # one of three unordered pairs, the others being 0
    assert KID.score(judged(*rows, third)).value == pytest.approx(wanted)


def test_many_pairs_come_near_the_distance_of_two_sets():
    rows = [row(index, 2.0) for index in range(300)]
    pairs = pairs_of(rows)
    found = kernel_pairs_score(pairs)
    assert found.value == pytest.approx(unbiased_distance(pairs.before, pairs.after), rel=0.05)
    assert found.interval.low < found.value < found.interval.high
    assert found.n == 300


def test_a_frechet_distance_takes_more_pictures_than_features():
    few, enough = pairs_of([row(index, 2.0) for index in range(3)]), pairs_of([row(index, 2.0) for index in range(9)])
    assert frechet_pairs_score(few).na.needed == 4
    assert frechet_pairs_score(pairs_of([])).na.reason == "insufficient_samples"
    assert frechet_pairs_score(enough).value == pytest.approx(3 * 2.0**2, rel=1e-3)  # only the means differ
    assert RFID.score(judged(*[row(index, 2.0) for index in range(9)])).value == pytest.approx(12.0, rel=1e-3)


def test_a_baseline_is_drawn_instead_and_who_has_none_is_left_out():
    """Two features in the place of those that were drawn: 0 and 1 told as 3 and 3, k(x, y) = (xy + 1)³."""
    one, two, three = (np.array([value], dtype=np.float32) for value in (0.0, 1.0, 3.0))
    flat = [
        replace(row(index, 0.0, before=before), features={"before": before, "after": before, "flat": three})
        for index, before in enumerate((one, two))
    ]
    found = KID.instead("flat").score(judged(*flat, row(2, 0.0)))
    # within: k(0, 1) + k(3, 3) = 1 + 1000; across: k(0, 3) + k(1, 3) = 1 + 64
    assert (found.value, found.n) == (pytest.approx(1001.0 - 65.0), 2)
    assert KID.score(judged(*flat)).value == 0.0


def test_one_picture_makes_no_distance():
    assert KID.score(judged(row(0, 1.0))).na.needed == 2


def test_a_missing_judge_is_told():
    absent = JudgeUse(role="pixel_decoder", reason="no pixel decoder lies beside the weights")
    assert KID.score(judged(row(0, 1.0), row(1, 1.0), judges=(absent, JUDGES[1]))).na.detail == absent.reason


def test_systems_are_held_against_each_other_item_by_item():
    own, beside = pairs_of([row(0, 0.5), row(1, 0.1), row(2, 0.3)]), pairs_of([row(2, 0.3), row(0, 0.5), row(1, 0.1)])
    for weights in (np.ones(3), np.array([2.0, 1.0, 0.0])):
        assert len({round(value, 6) for value in figures_of_pairs(own, beside)(weights)}) == 1


def test_an_engine_that_draws_the_same_bounds_no_loss_and_one_that_draws_otherwise_is_worse():
    reference = [row(index, 1.0, REFERENCE) for index in range(40)]
    same = loss(FIGURES["kid"], judged(*reference, *[row(index, 1.0) for index in range(40)]))
    worse = loss(FIGURES["kid"], judged(*reference, *[row(index, 1.5) for index in range(40)]))
    assert isinstance(same, NonInferiority)
    assert (same.loss, same.is_non_inferior) == (0.0, None)
    assert same.method == "0 of 40 clusters differ, which bound nothing: 5 do"
    assert same.margin == pytest.approx(0.02 * same.reference)
    assert worse.loss > worse.margin
    assert worse.is_non_inferior is False


def test_a_figure_without_a_margin_is_compared_by_nobody():
    assert isinstance(RFID, PictureFigure)
    assert RFID.margin is None
    assert "rfid" not in FIGURES
    assert KID.margin == MARGINS["kid"]
