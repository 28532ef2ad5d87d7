"""Figures of pictures that come in pairs, as they are and as they are drawn: distances of features, no sums of counts.

They are figures of quality like those of `quality_figures`: of the rows of a task, and a loss between two systems.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from josie_bench.statistics.frechet_distance import frechet_score
from josie_bench.statistics.item_bootstrap import bootstrap_interval
from josie_bench.statistics.kernel_distance import paired_distance
from josie_bench.statistics.non_inferiority import Figures, Margin
from josie_bench.statistics.unjudged import why_none
from josie_bench.terms.judged import ENGINE, Judged, JudgedItem
from josie_bench.terms.recording import Bools
from josie_bench.terms.score import Score, missing

Floats = NDArray[np.float64]
Distance = Callable[[NDArray[np.float32], NDArray[np.float32]], Callable[[Floats], float]]
FEWEST = 2  # pairs that a distance is made of
PAIR = ("before", "after")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """Features of pictures as they are and as they are drawn.

    Attributes:
        item: `[pairs]` ids.
        cluster: `[pairs]` what each is drawn again with.
        before: `[pairs, features]`.
        after: likewise.
    """

    item: tuple[str, ...]
    cluster: tuple[str, ...]
    before: NDArray[np.float32]
    after: NDArray[np.float32]


def pairs_of(rows: Iterable[JudgedItem], names: tuple[str, str] = PAIR) -> Pairs:
    """Return the features of these names of rows that have both; the others are left out."""
    found = [row for row in rows if set(names) <= row.features.keys()]
    before, after = (
        np.stack([row.features[name] for row in found]) if found else np.zeros((0, 0), dtype=np.float32)
        for name in names
    )
    return Pairs(
        item=tuple(row.item for row in found), cluster=tuple(row.cluster for row in found), before=before, after=after
    )


def kernel_pairs_score(pairs: Pairs) -> Score:
    """Return the kernel distance of both sides with its interval, or why there is none."""
    n = len(pairs.item)
    if n < FEWEST:
        return missing("insufficient_samples", "two pictures make a distance", n=n, needed=FEWEST)
    distance = paired_distance(pairs.before, pairs.after)
    interval = bootstrap_interval(distance, pairs.cluster)
    return Score(value=distance(np.ones(n)), n=n, interval=interval)


def frechet_pairs_score(pairs: Pairs) -> Score:
    """Return the Fréchet distance of both sides; there are to be more pictures than features."""
    if not pairs.item:
        return missing("insufficient_samples", "there are no pictures", n=0, needed=FEWEST)
    return frechet_score(pairs.before, pairs.after)


def figures_of_pairs(reference: Pairs, other: Pairs) -> Figures:
    """Return both systems' kernel distances as a function of how often each pair counts.

    Args:
        reference: one system's pairs.
        other: those of the other, of the same items in any order.
    """
    order = _order(reference, other)
    own = paired_distance(reference.before, reference.after)
    beside = paired_distance(other.before[order], other.after[order])

    def figures(weights: Floats) -> tuple[float, float]:
        return own(weights), beside(weights)

    return figures


def _order(reference: Pairs, other: Pairs) -> list[int]:
    place = {item: at for at, item in enumerate(other.item)}
    return [place[item] for item in reference.item]


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureFigure:
    """A distance of pictures from themselves behind their tokens.

    Attributes:
        task: whose items it is of.
        judges: the roles of those whose features it is made of.
        measure: the distance as a score.
        margin: what loss is still none.
        names: of the features of a picture as it is, and as it is drawn.
        nothing: no such distance is known of what does nothing.
    """

    task: str
    judges: Sequence[str]
    measure: Callable[[Pairs], Score]
    margin: Margin | None = None
    names: tuple[str, str] = PAIR
    nothing: None = None

    def instead(self, drawn: str) -> PictureFigure:
        """Return the same distance with the features of this name in the place of those that were drawn."""
        return replace(self, names=(self.names[0], drawn))

    def of(self, rows: Iterable[JudgedItem]) -> Pairs:
        """Return the pairs that rows hold."""
        return pairs_of(rows, self.names)

    def score(self, judged: Judged, side: str = ENGINE) -> Score:
        """Return the distance of one side with its interval, or why there is none."""
        rows = judged.of(self.task, side)
        why = why_none(judged, self.task, self.judges, rows)
        return self.measure(self.of(rows)) if why is None else why

    def both(self, reference: Pairs, other: Pairs) -> Figures:
        """Return both systems' distances, given how often each item counts."""
        return figures_of_pairs(reference, other)

    def differing(self, reference: Pairs, other: Pairs) -> Bools:
        """Return `[pairs]` which of the reference's are drawn otherwise by the other system."""
        return np.asarray((reference.after != other.after[_order(reference, other)]).any(axis=1))
