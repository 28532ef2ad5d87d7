"""Skews of words, and the share of words that have one, worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from josie_bench.statistics.word_onsets import ALIGNS, skews_of, words_figure
from josie_bench.terms.judged import Judged, JudgedItem, JudgeUse
from josie_bench.terms.word_onset import WordOnset

USES = tuple(JudgeUse(role=role, identity="x") for role in ALIGNS)


def row(index, *skews, cluster=None):
    """Return an item whose words lie so far from when they were due; None was not said."""
    words = tuple(
        WordOnset(text="a", due_ms=place, is_said=skew is not None, onset_ms=None if skew is None else place + skew)
        for place, skew in enumerate(skews)
    )
    return JudgedItem(item=f"i{index}", cluster=cluster or f"s{index}", task="answer", onsets={"heard": words})


def test_means_and_quantiles_are_of_all_words_together():
    """Eight times 100, once −20 and once 10: the sizes' sum is 830, and the sum 790."""
    rows = (row(0, *[100.0] * 8, None), row(1, -20.0), row(2, 10.0), row(3, None), row(4))
    found = skews_of(rows, "heard")
    assert found.item == ("i0", "i1", "i2")
    assert (found.mean().value, found.mean(is_signed=True).value) == (83.0, 79.0)
    assert found.quantile(0.5).value == 100.0
    assert found.mean().n == found.quantile(0.5).n == 3


def test_fewer_than_ten_words_tell_nothing_and_a_tail_takes_more():
    found = skews_of((row(0, *[50.0] * 9, None),), "heard")
    assert found.mean().na.detail == "the onset of 9 words is known: 10 are needed"
    assert found.quantile(0.5).na.needed == 10
    assert skews_of((row(0, *[50.0] * 71),), "heard").quantile(0.95).na.needed == 72
    assert skews_of((row(0, *[50.0] * 72),), "heard").quantile(0.95).value == 50.0
    assert skews_of((), "heard").mean().na.reason == "insufficient_samples"


def test_an_interval_draws_items_and_not_their_words():
    """Of 20 items half have five words at 0 and half at 100: binomial, 20 draws, of which 6 to 14 are 100 in 96 %."""
    rows = tuple(row(index, *[100.0 * (index % 2)] * 5) for index in range(20))
    found = skews_of(rows, "heard")
    interval = found.mean().interval
    assert interval.method == "bootstrap over 20 clusters"
    assert (interval.low, interval.high) == pytest.approx((30.0, 70.0), abs=5.0)
    assert {found.quantile(0.5).interval.low, found.quantile(0.5).interval.high} == {0.0, 100.0}
    assert skews_of(rows[:19], "heard").mean().interval is None


def test_a_quantile_is_that_of_the_words_that_were_drawn():
    rng = np.random.default_rng(1)
    skews = [rng.normal(60.0, 30.0, size=int(rng.integers(1, 6))).tolist() for _ in range(40)]
    found = skews_of([row(index, *few) for index, few in enumerate(skews)], "heard")
    every = sorted(abs(skew) for few in skews for skew in few)
    assert found.quantile(0.95).value == every[-(-95 * len(every) // 100) - 1]
    picks = np.random.default_rng(2).integers(0, 40, size=(2_000, 40))
    drawn = [np.median(np.abs(np.concatenate([skews[pick] for pick in once]))) for once in picks]
    interval = found.quantile(0.5).interval
    assert (interval.low, interval.high) == pytest.approx(tuple(np.percentile(drawn, (2.5, 97.5))), abs=3.0)


def test_a_share_is_of_words_and_an_item_without_any_is_left_out():
    figure = words_figure("heard", lambda word: word.onset_ms is not None)
    rows = (row(0, 10.0, None, 20.0), row(1, 30.0), row(2))
    found = figure.score(Judged(tasks=("answer",), rows=rows, judges=USES))
    assert (found.value, found.n) == (0.75, 2)
    absent = JudgeUse(role=ALIGNS[-1], reason="pip install it")
    without = figure.score(Judged(tasks=("answer",), rows=rows, judges=(*USES[:-1], absent)))
    assert (without.na.reason, without.na.detail) == ("no_judge", "pip install it")
