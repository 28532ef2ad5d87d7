"""Counts of items as columns, and two systems' side by side."""

import numpy as np
import pytest

from josie_bench.errors import UsageError
from josie_bench.terms.item_counts import ItemScore, gather, paired


def row(item: str, cluster: str = "anna", **counts: float) -> ItemScore:
    return ItemScore(item=item, cluster=cluster, counts=counts or {"errors": 1.0, "words": 4.0})


def test_rows_become_columns_in_their_order() -> None:
    found = gather([row("b", errors=1.0, words=4.0), row("a", "ben", words=6.0, errors=2.0)])
    assert (found.item, found.cluster, found.names) == (("b", "a"), ("anna", "ben"), ("errors", "words"))
    assert found.counts.tolist() == [[1.0, 4.0], [2.0, 6.0]]
    assert found.of("words").tolist() == [4.0, 6.0]
    assert found.sums().tolist() == [3.0, 10.0]


def test_nothing_is_no_rows() -> None:
    found = gather([])
    assert found.counts.shape == (0, 0)
    assert found.sums().tolist() == []


def test_an_item_that_comes_twice_is_refused() -> None:
    with pytest.raises(UsageError, match=r"^item 'a' comes twice: give each an id of its own$"):
        gather([row("a"), row("a")])


def test_rows_that_count_different_things_are_refused() -> None:
    with pytest.raises(UsageError, match=r"item 'b' counts \['words'\], the first \['errors', 'words'\]"):
        gather([row("a"), row("b", words=1.0)])


def test_the_other_side_comes_in_the_order_of_the_reference() -> None:
    one = gather([row("a", errors=0.0, words=4.0), row("b", errors=1.0, words=4.0)])
    other = gather([row("b", "ben", errors=7.0, words=4.0), row("a", errors=8.0, words=4.0)])
    found = paired(one, other)
    assert found.item == ("a", "b")
    assert found.cluster == ("anna", "ben")
    assert found.of("errors").tolist() == [8.0, 7.0]


def test_sides_of_other_items_or_counts_are_refused() -> None:
    one = gather([row("a"), row("b")])
    with pytest.raises(UsageError, match="item 'b' is on one side only: judge the same items of both"):
        paired(one, gather([row("a")]))
    with pytest.raises(UsageError, match=r"one side counts \['errors', 'words'\], the other \['words'\]"):
        paired(one, gather([row("a", words=1.0), row("b", words=1.0)]))


def test_counts_are_kept_as_they_were() -> None:
    assert gather([row("a", score=3.25, items=1.0)]).counts.dtype == np.float64
