"""What was counted of each item of a set, of which corpus figures are made: sums first, then one ratio."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from josie_bench.errors import UsageError

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemScore:
    """One item's counts.

    Attributes:
        item: its id.
        cluster: the speaker or dialogue it belongs to; items of one are alike, and are drawn together.
        counts: by name, e.g. substitutions and words; figures that are averaged count one each beside them.
    """

    item: str
    cluster: str
    counts: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemCounts:
    """The counts of all items, one row each.

    Attributes:
        item: `[items]` ids, each once.
        cluster: `[items]` the speaker or dialogue of each.
        names: of the columns.
        counts: `[items, names]`.
    """

    item: tuple[str, ...]
    cluster: tuple[str, ...]
    names: tuple[str, ...]
    counts: Floats

    def __post_init__(self) -> None:
        assert self.counts.shape == (len(self.item), len(self.names)), "a row for each item, a column for each name"

    def of(self, name: str) -> Floats:
        """Return `[items]` one of the counts."""
        column: Floats = self.counts[:, self.names.index(name)]
        return column

    def sums(self) -> Floats:
        """Return `[names]` the counts of all items together."""
        total: Floats = self.counts.sum(axis=0)
        return total


def gather(rows: Iterable[ItemScore]) -> ItemCounts:
    """Return rows as columns, in their order.

    Raises:
        UsageError: an item comes twice, or rows count different things.
    """
    found = tuple(rows)
    names = tuple(found[0].counts) if found else ()
    seen: set[str] = set()
    for row in found:
        if row.item in seen:
            raise UsageError(f"item {row.item!r} comes twice: give each an id of its own")
        if set(row.counts) != set(names):
            raise UsageError(f"item {row.item!r} counts {sorted(row.counts)}, the first {sorted(names)}: count alike")
        seen.add(row.item)
    return ItemCounts(
        item=tuple(row.item for row in found),
        cluster=tuple(row.cluster for row in found),
        names=names,
        counts=np.array([[row.counts[name] for name in names] for row in found], dtype=np.float64).reshape(
            len(found), len(names)
        ),
    )


def paired(reference: ItemCounts, other: ItemCounts) -> ItemCounts:
    """Return the other's rows in the order of the reference's.

    Raises:
        UsageError: they are not of the same items, or do not count the same.
    """
    if reference.names != other.names:
        raise UsageError(f"one side counts {list(reference.names)}, the other {list(other.names)}: count alike")
    lone = set(reference.item) ^ set(other.item)
    if lone:
        raise UsageError(f"item {min(lone)!r} is on one side only: judge the same items of both")
    place = {item: row for row, item in enumerate(other.item)}
    rows = [place[item] for item in reference.item]
    return ItemCounts(
        item=reference.item,
        cluster=tuple(other.cluster[row] for row in rows),
        names=other.names,
        counts=other.counts[rows],
    )
