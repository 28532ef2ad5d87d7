"""The mean opinion score of what several people rated, with an interval over people and items.

Every rater hears many items and every item many raters, so that both are drawn again, each by itself, and a rating
counts as often as its rater times its item came (the pigeonhole bootstrap, Owen, 2007). Of whom there are fewer than
20, nobody is drawn: an interval would be too narrow, and its method says what is not in it. Where all gave the same
there is none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from josie_bench.statistics.item_bootstrap import (
    DRAWS,
    FEWEST,
    LEVEL,
    SEED,
    Drawing,
    drawing_of,
    mean_of,
    percentile_interval,
)
from josie_bench.terms.score import RATERS, Interval, Score, missing

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating:
    """What one person gave one item.

    Attributes:
        rater: who.
        item: what was rated.
        cluster: the speaker or dialogue that the item belongs to.
        score: from 1, bad, to 5, excellent.
    """

    rater: str
    item: str
    cluster: str
    score: int


def mean_opinion(ratings: Sequence[Rating], *, draws: int = DRAWS, seed: int = SEED) -> Score:
    """Return the mean of ratings with its interval; `clusters` is how many people rated."""
    if not ratings:
        return missing("no_samples", "nobody rated it")
    scores = np.array([rating.score for rating in ratings], dtype=np.float64)
    raters = sorted({rating.rater for rating in ratings})
    interval = _interval(ratings, scores, len(raters), draws, seed)
    return Score(
        value=float(scores.mean()), n=len(scores), interval=interval, clusters=len(raters), clusters_are=RATERS
    )


def _interval(ratings: Sequence[Rating], scores: Floats, raters: int, draws: int, seed: int) -> Interval | None:
    by_item = {rating.item: rating.cluster for rating in ratings}
    of_items = drawing_of(list(by_item.values()))
    of_raters = drawing_of(sorted({rating.rater for rating in ratings})) if raters >= FEWEST else None
    if of_items is None and of_raters is None:
        return None
    items = _places([rating.item for rating in ratings], list(by_item))
    people = _places([rating.rater for rating in ratings], sorted({rating.rater for rating in ratings}))
    both = zip(_weights(of_items, items, draws, seed), _weights(of_raters, people, draws, seed + 1), strict=True)
    found = [mean_of(np.array([(each := a * b) @ scores, each.sum()])) for a, b in both]
    method = _method(of_items, len(by_item), of_raters, raters)
    return percentile_interval(found, method, LEVEL)


def _places(named: Sequence[str], names: Sequence[str]) -> NDArray[np.int64]:
    at = {name: place for place, name in enumerate(names)}
    return np.array([at[name] for name in named], dtype=np.int64)


def _weights(drawing: Drawing | None, place: NDArray[np.int64], draws: int, seed: int) -> Iterator[Floats]:
    """Yield `[ratings]` how often each came in a draw; once each where nothing is drawn."""
    if drawing is None:
        yield from (np.ones(len(place)) for _ in range(draws))
    else:
        yield from (weights[place] for weights in drawing.weights(draws, seed))


def _method(of_items: Drawing | None, items: int, of_raters: Drawing | None, raters: int) -> str:
    people = "one rater" if raters == 1 else f"{raters} raters"
    if of_items is None:
        return f"bootstrap over {people}, within {items} items"
    return f"{of_items.method}, {'and over' if of_raters else 'within'} {people}"
