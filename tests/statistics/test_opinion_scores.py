"""Mean opinions: of known variance, of few, and of nobody."""

from __future__ import annotations

import pytest

from josie_bench.statistics.opinion_scores import Rating, mean_opinion


def ratings(raters, items, given, clusters=None):
    return [
        Rating(rater=f"r{r}", item=f"i{i}", cluster=f"c{i % (clusters or items)}", score=given(r, i))
        for r in range(raters)
        for i in range(items)
    ]


def test_what_raters_differ_by_is_in_the_interval_however_many_items_they_heard():
    """Half of 20 people give 2, half 4: their mean has a standard error of 1 / √20, at any number of items."""
    score = mean_opinion(ratings(20, 20, lambda r, _: 2 + 2 * (r % 2)))
    assert (score.value, score.n, score.clusters) == (3.0, 400, 20)
    assert score.interval.low == pytest.approx(3.0 - 1.96 / 20**0.5, abs=0.06)
    assert score.interval.high == pytest.approx(3.0 + 1.96 / 20**0.5, abs=0.06)
    assert score.interval.method == "bootstrap over 20 clusters, and over 20 raters"


def test_what_items_differ_by_is_in_it_too():
    score = mean_opinion(ratings(20, 20, lambda _, i: 2 + 2 * (i % 2)))
    assert score.interval.high - score.interval.low == pytest.approx(2 * 1.96 / 20**0.5, abs=0.12)
    both = mean_opinion(ratings(20, 20, lambda r, i: 1 + 2 * (r % 2) + 2 * (i % 2)))
    assert both.interval.high - both.interval.low == pytest.approx(2 * 1.96 * (2 / 20) ** 0.5, abs=0.15)


def test_below_twenty_raters_items_alone_are_drawn_and_the_method_says_so():
    score = mean_opinion(ratings(3, 20, lambda r, i: 2 + 2 * (i % 2) if r else 5))
    assert score.interval.method == "bootstrap over 20 clusters, within 3 raters"
    one = mean_opinion(ratings(1, 20, lambda _, i: 3 + i % 2, clusters=2))
    assert one.interval.method == "bootstrap over 20 items, within 2 clusters, within one rater"


def test_below_twenty_items_raters_alone_are_drawn():
    score = mean_opinion(ratings(20, 4, lambda r, _: 2 + 2 * (r % 2)))
    assert score.interval.method == "bootstrap over 20 raters, within 4 items"


def test_people_who_all_give_the_same_bound_nothing():
    assert mean_opinion(ratings(20, 20, lambda r, i: 5)).interval is None


def test_of_few_there_is_a_mean_and_no_interval_and_of_nobody_a_reason():
    few = mean_opinion(ratings(5, 4, lambda r, i: 1 + (r + i) % 5))
    assert few.value == pytest.approx(3.0)
    assert few.interval is None
    assert mean_opinion([]).na.reason == "no_samples"
