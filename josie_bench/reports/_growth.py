"""How time and memory grew over the cases of a run that differ in one size, as a table."""

from __future__ import annotations

from collections.abc import Sequence

from josie_bench.reports._cells import Table, table_of
from josie_bench.reports._words import ABSENT
from josie_bench.statistics.growth import MEMORY, WINDOW, Growth, all_growth
from josie_bench.terms.result import CaseResult
from josie_bench.terms.score import Score

TITLE = "How it grows"
HEADS = ("what", "along", "between", "exponent", "rounds")
WORDS = (
    "The exponent b of size^b that comes nearest to the medians of each round: its median over rounds with its 95 % "
    "interval. 1 is growth in proportion, 0 is none. What does not grow with the size (calls, weights that are read) "
    "keeps it low, and the lower the smaller the sizes."
)
PARTS = {WINDOW: "the whole window", MEMORY: "memory beyond the libraries"}


def growth_rows(cases: Sequence[CaseResult]) -> list[tuple[str, ...]]:
    """Return a row for each part along each size."""
    return [_row(growth) for growth in all_growth(cases)]


def growth_table(cases: Sequence[CaseResult]) -> Table:
    """Return the table; it has no rows where no cases differ in one size alone."""
    return table_of(HEADS, growth_rows(cases))


def _row(growth: Growth) -> tuple[str, ...]:
    score, sizes = growth.score, growth.sizes
    between = f"{sizes[0]:g} and {sizes[-1]:g} {growth.axis.unit}, {len(sizes)} sizes"
    return PARTS.get(growth.part, growth.part), growth.axis.name, between, _exponent_words(score), str(score.n)


def _exponent_words(score: Score) -> str:
    """Return the exponent with two decimals whatever its size, for it is a power and not a quantity."""
    if score.value is None or score.interval is None:
        return "n/a" if score.na is None else f"n/a: {score.na.detail}"
    low, high = (ABSENT if bound is None else f"{bound:.2f}" for bound in (score.interval.low, score.interval.high))
    return f"{score.value:.2f} [{low}, {high}]"
