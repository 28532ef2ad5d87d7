"""Intervals of corpus figures, by plainer computations and by what theory says."""

import math

import numpy as np
import pytest

from josie_bench.statistics.item_bootstrap import (
    FEWEST,
    bootstrap_interval,
    corpus_score,
    drawing_of,
    mean_of,
)
from josie_bench.terms.item_counts import ItemCounts


def counts_of(errors: np.ndarray, words: np.ndarray, clusters: list[str]) -> ItemCounts:
    return ItemCounts(
        item=tuple(f"item-{index}" for index in range(len(errors))),
        cluster=tuple(clusters),
        names=("errors", "words"),
        counts=np.stack([errors, words], axis=1).astype(np.float64),
    )


def test_clusters_are_drawn_where_there_are_twenty() -> None:
    clusters = [f"speaker-{index // 3}" for index in range(3 * FEWEST)]
    drawing = drawing_of(clusters)
    assert drawing is not None
    assert (drawing.units, drawing.method) == (20, "bootstrap over 20 clusters")
    for weights in drawing.weights(50, seed=1):
        assert weights.sum() == 3 * FEWEST
        assert (weights.reshape(-1, 3) == weights.reshape(-1, 3)[:, :1]).all()


def test_items_are_drawn_where_clusters_are_few_and_the_method_says_so() -> None:
    drawing = drawing_of(["anna"] * 12 + ["ben"] * 12)
    assert drawing is not None
    assert drawing.method == "bootstrap over 24 items, within 2 clusters"
    alone = drawing_of(["anna"] * 20)
    assert alone is not None and alone.method == "bootstrap over 20 items, within one cluster"


@pytest.mark.parametrize("clusters", [[], ["anna"] * 19, [f"{index}" for index in range(19)]])
def test_fewer_than_twenty_items_have_no_interval(clusters: list[str]) -> None:
    assert drawing_of(clusters) is None
    assert bootstrap_interval(lambda _: 1.0, clusters) is None


def test_items_that_are_all_alike_have_no_interval() -> None:
    """No error in forty items rules out none in the next: nothing between 0 and 0 is told."""
    assert (
        bootstrap_interval(lambda weights: float(weights @ np.zeros(40)), [str(index) for index in range(40)]) is None
    )


def test_a_corpus_figure_is_a_ratio_of_sums_not_a_mean_of_ratios() -> None:
    score = corpus_score(counts_of(np.array([1, 0]), np.array([2, 8]), ["a", "b"]), mean_of)
    assert (score.value, score.n, score.clusters, score.interval) == (0.1, 2, 2, None)


def test_the_interval_is_what_drawing_whole_clusters_finds() -> None:
    """A plainer second computation: the same draws, each corpus put together and its ratio taken."""
    generator = np.random.default_rng(3)
    names = [f"{index % 24}" for index in range(72)]
    items = counts_of(generator.integers(0, 5, 72), generator.integers(5, 30, 72), names)
    found = corpus_score(items, mean_of, level=0.9, draws=400, seed=7).interval
    order = sorted(set(names))
    counts = np.random.default_rng(7)
    drawn = []
    for _ in range(400):
        times = counts.multinomial(24, np.full(24, 1 / 24))
        rows = [row for row in range(72) for _ in range(times[order.index(names[row])])]
        drawn.append(items.of("errors")[rows].sum() / items.of("words")[rows].sum())
    drawn.sort()
    assert found is not None
    assert (found.low, found.high) == pytest.approx((drawn[20], drawn[379]))  # ⌊0.05 · 400⌋, ⌈0.95 · 400⌉ − 1


def test_the_interval_of_a_mean_is_that_of_its_standard_error() -> None:
    values = np.random.default_rng(5).standard_normal(400)
    items = counts_of(values, np.ones(400), [str(index) for index in range(400)])
    interval = corpus_score(items, mean_of).interval
    assert interval is not None and interval.low is not None and interval.high is not None
    assert interval.high - interval.low == pytest.approx(2 * 1.96 * values.std() / 20, rel=0.08)


def test_items_that_err_alike_within_clusters_are_worth_their_clusters() -> None:
    shared = np.repeat(np.random.default_rng(5).standard_normal(40), 10)
    words = np.ones(400)
    together = corpus_score(counts_of(shared, words, [str(index // 10) for index in range(400)]), mean_of).interval
    alone = corpus_score(counts_of(shared, words, [str(index) for index in range(400)]), mean_of).interval
    assert together is not None and alone is not None
    assert together.low is not None and together.high is not None
    assert alone.low is not None and alone.high is not None
    assert (together.high - together.low) / (alone.high - alone.low) == pytest.approx(math.sqrt(10), rel=0.1)


def test_the_same_items_give_the_same_interval() -> None:
    items = counts_of(np.arange(30), np.full(30, 9), ["one"] * 30)
    assert corpus_score(items, mean_of) == corpus_score(items, mean_of)
    assert corpus_score(items, mean_of) != corpus_score(items, mean_of, seed=1)


def test_nothing_to_judge_and_nothing_to_count_have_no_number() -> None:
    for items, detail in (
        (counts_of(np.zeros(0), np.zeros(0), []), "there was no item to judge"),
        (counts_of(np.zeros(2), np.zeros(2), ["a", "a"]), "the items hold nothing to count"),
    ):
        score = corpus_score(items, mean_of)
        assert score.value is None
        assert score.na is not None and (score.na.reason, score.na.detail) == ("no_samples", detail)


def test_draws_that_allow_no_figure_leave_that_side_open() -> None:
    words = np.zeros(20)
    words[0] = 1.0  # missing in (19/20)^20 = 36 % of draws
    interval = corpus_score(counts_of(words, words, ["a"] * 20), mean_of).interval
    assert interval is not None
    assert (interval.low, interval.high) == (1.0, None)
