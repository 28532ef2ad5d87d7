"""Non-inferiority, worked by hand and against the normal approximation."""

import math

import numpy as np
import pytest

from josie_bench.errors import UsageError
from josie_bench.statistics.item_bootstrap import OfSums, mean_of
from josie_bench.statistics.non_inferiority import (
    MARGINS,
    Margin,
    NonInferiority,
    differing_counts,
    figures_of_counts,
    non_inferiority,
)
from josie_bench.statistics.word_errors import rate_of_sums, score_words
from josie_bench.terms.item_counts import ItemCounts, ItemScore, gather

WER = MARGINS["wer"]


def result(upper: float | None, margin: float = 0.002, reference: float = 0.05) -> NonInferiority:
    return NonInferiority(
        reference=reference, other=0.051, loss=0.001, upper=upper, margin=margin, n=100, method="bootstrap"
    )


def test_it_is_the_bound_that_is_held_against_the_margin_not_the_loss() -> None:
    assert result(0.0019).is_non_inferior is True
    assert result(0.0021).is_non_inferior is False
    assert result(0.002).is_non_inferior is False
    assert result(None).is_non_inferior is None
    assert result(0.0).ratio == pytest.approx(1.02)
    assert result(0.0, reference=0.0).ratio is None


def test_margins_are_those_of_the_paper_trail() -> None:
    assert WER.allowed(0.05) == 0.002
    assert WER.loss(0.05, 0.06) == pytest.approx(0.01)
    assert MARGINS["bleu"].loss(30.0, 29.5) == 0.5
    assert MARGINS["kid"].allowed(0.05) == pytest.approx(0.001)
    assert MARGINS["fid"].allowed(-10.0) == pytest.approx(0.2)


def words(item: int, wrong: int, of: int = 10) -> ItemScore:
    said = " ".join("abcdefghij"[:of])
    heard = " ".join("x" * wrong + "abcdefghij"[wrong:of])
    return score_words(f"item-{item}", f"speaker-{item}", said, heard)


def compared(
    reference: ItemCounts, other: ItemCounts, of_sums: OfSums, margin: Margin, nothing: float | None = None
) -> NonInferiority:
    figures = figures_of_counts(reference, other, of_sums)
    return non_inferiority(figures, reference.cluster, margin, differing_counts(reference, other), nothing=nothing)


def test_a_system_beside_itself_loses_nothing_and_shows_nothing() -> None:
    items = gather(words(index, index % 3) for index in range(40))
    found = compared(items, items, rate_of_sums, WER)
    assert (found.loss, found.upper, found.is_non_inferior, found.ratio) == (0.0, None, None, 1.0)
    assert (found.n, found.method) == (40, "0 of 40 clusters differ, which bound nothing: 5 do")
    assert found.reference == pytest.approx(39 / 400)


def test_what_may_be_unseen_counts_as_lost_where_few_items_differ() -> None:
    """Of 40 alike up to 1 − 0.05^(1/40) may differ, 7.2 %, each of which loses all that the reference has right."""
    items = gather(words(index, index % 3) for index in range(40))
    found = compared(items, items, rate_of_sums, WER, nothing=1.0)
    assert found.upper == pytest.approx((1 - 0.05 ** (1 / 40)) * (1 - 39 / 400))
    assert found.is_non_inferior is False
    lucky = gather(words(index, index % 3 if index > 2 else 0) for index in range(40))
    better = compared(items, lucky, rate_of_sums, WER, nothing=1.0)
    assert better.loss < 0.0 and better.is_non_inferior is False  # two items that gained say little of the others
    assert better.method == "2 of 40 clusters differ, as if 15 % of them came to nothing"


def test_one_error_more_in_every_item_is_a_loss_that_nothing_scatters() -> None:
    one = gather(words(index, index % 3) for index in range(40))
    other = gather(words(index, index % 3 + 1) for index in reversed(range(40)))
    found = compared(one, other, rate_of_sums, WER)
    assert (found.loss, found.upper) == (pytest.approx(0.1), pytest.approx(0.1))
    assert (found.is_non_inferior, found.method) == (False, "bootstrap over 40 clusters")
    back = compared(other, one, rate_of_sums, WER)
    assert back.upper == pytest.approx(-0.1) and back.is_non_inferior is True


def test_the_bound_of_a_mean_difference_is_that_of_its_standard_error() -> None:
    generator = np.random.default_rng(2)
    hard, extra = generator.standard_normal(400) * 5.0, generator.standard_normal(400)
    rows = [[ItemScore(item=str(i), cluster=str(i), counts={"score": float(v), "items": 1.0}) for i, v in enumerate(x)]
            for x in (hard, hard + extra)]  # fmt: skip
    reference, other = map(gather, rows)
    found = compared(reference, other, mean_of, Margin(worst=0.2))
    assert found.upper is not None
    assert found.upper == pytest.approx(extra.mean() + 1.645 * extra.std() / 20, abs=0.01)
    turned = compared(reference, other, mean_of, Margin(worst=0.2, is_higher_better=True))
    assert turned.loss == pytest.approx(-found.loss)
    assert turned.upper == pytest.approx(-extra.mean() + 1.645 * extra.std() / 20, abs=0.01)


def test_few_items_decide_nothing() -> None:
    items = gather(words(index, 0) for index in range(19))
    found = compared(items, items, rate_of_sums, WER)
    assert found.upper is None and found.is_non_inferior is None
    assert found.method == "19 items bound nothing: 20 do"


def test_draws_without_a_figure_bound_nothing() -> None:
    clusters = [str(index) for index in range(20)]
    found = non_inferiority(
        lambda weights: (0.0, math.nan if weights[0] > 1 else 0.0), clusters, WER, np.ones(20, bool)
    )
    assert found.upper is None


def test_other_items_are_refused() -> None:
    items = gather(words(index, 0) for index in range(20))
    with pytest.raises(UsageError, match="on one side only"):
        figures_of_counts(items, gather(words(index, 0) for index in range(19)), rate_of_sums)


@pytest.mark.slow
def test_a_system_at_the_margin_passes_one_time_in_twenty() -> None:
    """Loss exactly the margin: 400 repetitions of 100 items; 5 % ± 2 standard errors of 1.1 %."""
    generator, passed = np.random.default_rng(8), 0
    for _ in range(400):
        losses = generator.normal(0.2, 1.0, 100)
        found = non_inferiority(
            lambda weights, losses=losses: (0.0, float(weights @ losses / weights.sum())),
            [str(index) for index in range(100)],
            Margin(worst=0.2),
            np.ones(100, dtype=np.bool_),
            draws=500,
        )
        passed += bool(found.is_non_inferior)
    assert 0.028 <= passed / 400 <= 0.075


@pytest.mark.slow
@pytest.mark.parametrize("gained", [0.0, 0.03])
def test_a_system_that_loses_the_margin_by_rare_items_passes_one_time_in_twenty_at_most(gained: float) -> None:
    """A share of 60 that loses just 0.01, by losses alone or losses and gains: draws alone passed 55 % and 10 %."""
    generator, passed = np.random.default_rng(9), 0
    clusters = [str(index) for index in range(60)]
    for _ in range(400):
        losses = generator.choice([1.0, -1.0, 0.0], 60, p=[0.01 + gained, gained, 0.99 - 2 * gained])
        found = non_inferiority(
            lambda weights, losses=losses: (0.5, 0.5 - float(weights @ losses / weights.sum())),
            clusters,
            MARGINS["share"],
            losses != 0.0,
            nothing=0.0,
            draws=300,
        )
        passed += bool(found.is_non_inferior)
    assert passed / 400 <= 0.075
