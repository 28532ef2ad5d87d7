"""Word errors: the fewest edits that turn what was to be heard into what was, and their rate over a corpus.

WER = (S + D + I) / N: words exchanged, left out and put in, over the N words of the references of all items together.
It is no share: put-in words can bring it above 1. The same number of edits can be told in several ways; of these the
one with the most exchanges is taken. Their sum, and so the rate, does not hang on it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from josie_bench.statistics.item_bootstrap import Floats, corpus_score
from josie_bench.terms.item_counts import ItemCounts, ItemScore
from josie_bench.terms.score import Score

NAMES = ("substitutions", "deletions", "insertions", "words")


def word_errors(reference: Sequence[str], hypothesis: Sequence[str]) -> dict[str, float]:
    """Return the count of each of `NAMES` for one pair, words (or letters, for a character error rate) in order.

    Of all shortest ways it takes one with as many exchanges as possible, by least (edits, put in and left out).
    """
    heard = len(hypothesis)
    best = [(index, index, 0) for index in range(heard + 1)]  # edits, those that are no exchange, exchanges
    for row, word in enumerate(reference, start=1):
        above, best = best, [(row, row, 0)]
        for column in range(1, heard + 1):
            edits, shifts, exchanges = above[column - 1]
            wrong = int(word != hypothesis[column - 1])
            shifted = min(above[column], best[column - 1])
            best.append(min((edits + wrong, shifts, exchanges + wrong), (shifted[0] + 1, shifted[1] + 1, shifted[2])))
    _, shifts, exchanges = best[heard]
    surplus = heard - len(reference)  # I − D, and I + D is known
    insertions = (shifts + surplus) // 2
    return {
        "substitutions": float(exchanges),
        "deletions": float(shifts - insertions),
        "insertions": float(insertions),
        "words": float(len(reference)),
    }


def word_edits(reference: Sequence[str], hypothesis: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Return the words side by side, (of the reference, heard): exchanged where both differ, one of them empty where
    it was left out or put in. It is one of the ways that `word_errors` counts.
    """
    # ways[row][column]: (edits, those that are no exchange, what the last step took of each side)
    ways = [[(column, column, (0, 1)) for column in range(len(hypothesis) + 1)]]
    for row, word in enumerate(reference, start=1):
        above, line = ways[-1], [(row, row, (1, 0))]
        for column, other in enumerate(hypothesis, start=1):
            straight, up, left = above[column - 1], above[column], line[column - 1]
            steps = (
                (straight[0] + int(word != other), straight[1], (1, 1)),
                (up[0] + 1, up[1] + 1, (1, 0)),
                (left[0] + 1, left[1] + 1, (0, 1)),
            )
            line.append(min(steps, key=lambda step: step[:2]))
        ways.append(line)
    pairs, row, column = [], len(reference), len(hypothesis)
    while row or column:
        down, across = ways[row][column][2]
        pairs.append((reference[row - 1] if down else "", hypothesis[column - 1] if across else ""))
        row, column = row - down, column - across
    return tuple(reversed(pairs))


def score_words(item: str, cluster: str, reference: str, hypothesis: str) -> ItemScore:
    """Return one item's errors; both texts have gone through the same normaliser, words are split at spaces."""
    return ItemScore(item=item, cluster=cluster, counts=word_errors(reference.split(), hypothesis.split()))


def rate_of_sums(sums: Floats) -> float:
    """Return (S + D + I) / N of sums in the order of `NAMES`; NaN without a word."""
    return float(sums[:3].sum() / sums[3]) if sums[3] else math.nan


def word_error_rate(items: ItemCounts) -> Score:
    """Return the corpus' word error rate as a ratio, with its interval."""
    assert items.names in ((), NAMES), "rows of `score_words`"
    return corpus_score(items, rate_of_sums)


def extra_rate_of_sums(sums: Floats) -> float:
    """Return one side's rate minus the other's, of sums in the order of `NAMES` twice."""
    return rate_of_sums(sums[: len(NAMES)]) - rate_of_sums(sums[len(NAMES) :])


def extra_word_error_rate(items: ItemCounts, floor: ItemCounts) -> Score:
    """Return how far a rate lies above another of the same items: of decoded speech above the recogniser's own.

    Its interval draws both together, so that what is hard to hear anyway is not in it.

    Args:
        items: errors after what is judged.
        floor: those before it, in the same order.
    """
    assert items.item == floor.item, "paired rows: see `terms.item_counts.paired`"
    both = ItemCounts(
        item=items.item,
        cluster=items.cluster,
        names=(*items.names, *(f"floor_{name}" for name in floor.names)),
        counts=np.concatenate((items.counts, floor.counts), axis=1),
    )
    return corpus_score(both, extra_rate_of_sums)
