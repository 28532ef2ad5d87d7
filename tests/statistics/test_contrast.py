"""Changes of a figure over seeds and items, held against hand calculations and against how often they cover."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import t as student

from josie_bench.errors import UsageError
from josie_bench.statistics.contrast import difference, interval_over_seeds, pairs_of, relative
from josie_bench.statistics.item_bootstrap import mean_of
from josie_bench.terms.item_counts import ItemCounts


def counted(values, clusters=None):
    """Return items that count `values` beside one each."""
    values = np.asarray(values, dtype=np.float64)
    names = tuple(f"item-{place}" for place in range(len(values)))
    counts = np.stack((values, np.ones(len(values))), axis=1)
    return ItemCounts(item=names, cluster=tuple(clusters or [""] * len(values)), names=("sum", "items"), counts=counts)


def test_the_figure_is_that_of_all_seeds_together_and_its_change_is_after_less_before():
    pairs = pairs_of(
        [counted([1, 3] * 10), counted([2, 2] * 10)], [counted([4, 4] * 10), counted([6, 2] * 10)], mean_of
    )
    assert pairs.figures == (2.0, 4.0)
    assert (pairs.change(difference), pairs.change(relative)) == (2.0, 1.0)
    assert math.isnan(relative(0.0, 1.0))


def test_items_are_paired_by_their_names_and_not_by_their_places():
    one, two = counted([1, 5]), counted([5, 1])
    turned = ItemCounts(item=two.item[::-1], cluster=two.cluster, names=two.names, counts=two.counts)
    assert pairs_of([one], [turned], mean_of).after.tolist() == [[[1.0, 1.0], [5.0, 1.0]]]
    with pytest.raises(UsageError, match="on one side only"):
        pairs_of([one], [counted([1, 2, 3])], mean_of)


def test_where_all_items_change_alike_only_the_seeds_differ():
    """Changes of 1, 2 and 3: mean 2, deviation 1, so the half width is t(0.975, 2) / √3 = 2.484."""
    before = [counted([0.0] * 20)] * 3
    after = [counted([change] * 20) for change in (1.0, 2.0, 3.0)]
    interval = pairs_of(before, after, mean_of).interval(difference)
    assert interval.high - 2.0 == pytest.approx(4.302653 / math.sqrt(3), rel=1e-6)
    assert 2.0 - interval.low == pytest.approx(interval.high - 2.0)
    assert interval.method == "bootstrap over 20 items, within one cluster, and t over 3 seeds"


def test_where_all_seeds_change_alike_only_the_items_differ():
    """Twenty changes of 0 and 1 by turns: a standard error of 0.5 / √20, and the 19 degrees of freedom of the items."""
    pairs = pairs_of([counted([0.0] * 20)] * 3, [counted([0.0, 1.0] * 10)] * 3, mean_of)
    interval = pairs.interval(difference)
    half = float(student.ppf(0.975, 19)) * 0.5 / math.sqrt(20)
    assert interval.high - 0.5 == pytest.approx(half, rel=0.05)  # of 2,000 draws


def test_one_seed_has_the_interval_of_its_items_and_says_so():
    interval = pairs_of([counted([0.0] * 20)], [counted([0.0, 1.0] * 10)], mean_of).interval(difference)
    assert interval.method == "bootstrap over 20 items, within one cluster, within one seed"
    assert 0.25 <= interval.low < 0.5 < interval.high <= 0.75


def test_too_few_items_or_a_figure_that_cannot_be_told_have_no_interval():
    few = pairs_of([counted([0.0] * 19)] * 2, [counted([1.0] * 19)] * 2, mean_of)
    assert few.interval(difference) is None
    nothing = pairs_of([counted([0.0] * 20)] * 2, [counted([1.0, 2.0] * 10)] * 2, mean_of)
    assert nothing.interval(relative) is None
    assert nothing.interval(difference) is not None


def test_seeds_alone_have_students_interval_and_one_seed_none():
    interval = interval_over_seeds(2.0, [1.0, 2.0, 3.0])
    assert (interval.low, interval.high) == (pytest.approx(2 - 2.484138), pytest.approx(2 + 2.484138))
    assert interval.method == "t over 3 seeds"
    assert interval_over_seeds(2.0, [2.0]) is None
    assert interval_over_seeds(2.0, [2.0, math.nan]) is None


@pytest.mark.parametrize("seeds", [1, 3])
def test_where_nothing_that_is_drawn_differs_there_is_no_interval(seeds):
    """Nothing right on either side, or all items a tenth more: no certainty, as another item might be right."""
    wrong, same = [counted([0.0] * 20)] * seeds, [counted([1.0, 2.0] * 10)] * seeds
    for before, after in ((wrong, wrong), (same, same), (wrong, [counted([0.1] * 20)] * seeds)):
        assert pairs_of(before, after, mean_of).interval(difference) is None
    assert interval_over_seeds(2.0, [2.0, 2.0]) is None


def test_it_covers_the_true_change_as_often_as_it_says():
    """Three seeds and forty items whose changes both scatter: of 200 intervals about 95 % hold the true change of 1."""
    draw = np.random.default_rng(3)
    held = 0
    for _ in range(200):
        items, seeds = draw.normal(0.0, 1.0, 40), draw.normal(0.0, 0.3, 3)
        before = [counted(np.zeros(40))] * 3
        after = [counted(1.0 + items + seed + draw.normal(0.0, 0.3, 40)) for seed in seeds]
        interval = pairs_of(before, after, mean_of).interval(difference, draws=200)
        held += interval.low <= 1.0 <= interval.high
    assert held >= 182  # 91 %: three deviations of chance below 95 %
