"""How far words lie from when they were due: skews of the words of items, with items or speakers drawn again.

Words of one item are early or late alike, so that an item's are drawn together. A quantile is an element of the sample.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from josie_bench.statistics.item_bootstrap import bootstrap_interval, corpus_score, mean_of
from josie_bench.statistics.order_statistics import nearest_rank, needed_samples
from josie_bench.statistics.quality_figures import ANSWER, HEARS, Figure
from josie_bench.terms.item_counts import ItemScore, gather
from josie_bench.terms.judged import JudgedItem
from josie_bench.terms.score import Score, missing
from josie_bench.terms.word_onset import WordOnset

Floats = NDArray[np.float64]
ALIGNS = (*HEARS, "pocketsphinx_words")  # whose numbers an onset is made of
VOICE, RECORDED = "heard", "recorded"  # sounds of an item of `answer`
FEWEST = 10  # words that are told at all


@dataclass(frozen=True, slots=True, kw_only=True)
class Skews:
    """The skews of all words that have one.

    Attributes:
        item, cluster: `[items]` of those that have such words.
        place: `[words]` the item of each.
        skew_ms: `[words]`.
    """

    item: tuple[str, ...]
    cluster: tuple[str, ...]
    place: NDArray[np.int64]
    skew_ms: Floats

    def mean(self, *, is_signed: bool = False) -> Score:
        """Return the mean skew of words, or of its size."""
        if (few := self._too_few(FEWEST)) is not None:
            return few
        skews = self.skew_ms if is_signed else np.abs(self.skew_ms)
        words, total = np.bincount(self.place), np.bincount(self.place, weights=skews)
        rows = zip(self.item, self.cluster, total.tolist(), words.tolist(), strict=True)
        return corpus_score(
            gather(
                ItemScore(item=item, cluster=cluster, counts={"skew": skew, "words": float(count)})
                for item, cluster, skew, count in rows
            ),
            mean_of,
        )

    def quantile(self, p: float) -> Score:
        """Return the nearest-rank p-quantile of the skews' size."""
        if (few := self._too_few(max(FEWEST, needed_samples(p)))) is not None:
            return few
        order = np.argsort(np.abs(self.skew_ms), kind="stable")
        ordered, place = np.abs(self.skew_ms)[order], self.place[order]

        def drawn(weights: Floats) -> float:
            at_or_below = np.cumsum(weights[place])
            return float(ordered[np.searchsorted(at_or_below, nearest_rank(int(at_or_below[-1]), p))])

        value = drawn(np.ones(len(self.item)))
        return Score(value=value, n=len(self.item), interval=bootstrap_interval(drawn, self.cluster))

    def _too_few(self, needed: int) -> Score | None:
        if (words := len(self.skew_ms)) >= needed:
            return None
        detail = f"the onset of {words} words is known: {needed} are needed"
        return missing("insufficient_samples", detail, n=len(self.item), needed=needed)


def skews_of(rows: Iterable[JudgedItem], sound: str) -> Skews:
    """Return the skews of the words of one sound of items."""
    told = [(row, [skew for word in row.onsets.get(sound, ()) if (skew := word.skew_ms) is not None]) for row in rows]
    found = [(row, skews) for row, skews in told if skews]
    return Skews(
        item=tuple(row.item for row, _ in found),
        cluster=tuple(row.cluster for row, _ in found),
        place=np.repeat(np.arange(len(found)), [len(skews) for _, skews in found]),
        skew_ms=np.array([skew for _, skews in found for skew in skews], dtype=np.float64),
    )


def words_figure(sound: str, counted: Callable[[WordOnset], bool]) -> Figure:
    """Return the share of the words of one sound of items that count."""

    def counts(row: JudgedItem) -> ItemScore | None:
        if not (words := row.onsets.get(sound, ())):
            return None
        right = float(sum(map(counted, words)))
        return ItemScore(item=row.item, cluster=row.cluster, counts={"counted": right, "words": float(len(words))})

    return Figure(task=ANSWER, judges=ALIGNS, counts=counts, of_sums=mean_of, is_share=True)
