"""How engines stand beside each other, in words: the same table wherever it is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from josie_bench.reports._words import ABSENT, with_interval
from josie_bench.terms.engine_comparison import EngineComparison, PartRatio, PartTime
from josie_bench.terms.result import CaseResult
from josie_bench.terms.score import NotAvailable

TITLE = "Cases beside each other"
WHOLE = "window"


@dataclass(frozen=True, slots=True, kw_only=True)
class RatioCell:
    """What stands in a cell; `verdict` is that of the ratio, empty where there is none."""

    text: str
    verdict: str = ""
    is_missing: bool = False
    is_struck: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RatioTable:
    """A comparison as a table; the first cell of a row is the case, and the first row is the base."""

    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[RatioCell, ...], ...]


def ratio_tables(comparisons: Sequence[EngineComparison], cases: Sequence[CaseResult]) -> list[RatioTable]:
    """Return a table for every comparison; numbers of a case, or beside a base, that is not OK are struck."""
    status = {case.id: case.status for case in cases}
    return [_table(comparison, status) for comparison in comparisons]


def _table(comparison: EngineComparison, status: dict[str, str]) -> RatioTable:
    parts = sorted(comparison.parts, key=lambda part: part != WHOLE)
    times = {(time.case, time.part): time for time in comparison.times}
    ratios = {(ratio.case, ratio.part): ratio for ratio in comparison.ratios}
    base = comparison.base
    is_bad = {case: not status.get(base) == status.get(case) == "OK" for case in comparison.cases}
    rows = [
        (
            RatioCell(text=_name(base, status, " (base)")),
            *(_time_cell(times.get((base, part)), is_struck=status.get(base) != "OK") for part in parts),
        )
    ]
    rows += [
        (
            RatioCell(text=_name(case, status)),
            *(_ratio_cell(ratios.get((case, part)), is_struck=is_bad[case]) for part in parts),
        )
        for case in comparison.cases
    ]
    heads = ("case", *("whole window" if part == WHOLE else part for part in parts))
    return RatioTable(caption=_caption(comparison), heads=heads, rows=tuple(rows))


def _name(case: str, status: dict[str, str], suffix: str = "") -> str:
    told = status.get(case, "OK")
    return case + suffix + (f" ({told})" if told != "OK" else "")


def _caption(comparison: EngineComparison) -> str:
    count = len(comparison.ratios)
    return (
        f"Time of the base {comparison.base} ÷ time of the case, both medians of one round: the median of that over "
        f"{comparison.rounds} mixed rounds of fresh processes, with its 95 % interval. Above 1 the case is quicker; "
        f"where the interval holds 1 that is undecided. Each of the {count} intervals holds by itself. The base's own "
        f"row has its times, medians over rounds. Closed loop: no queueing, not a real-time claim."
    )


def _time_cell(time: PartTime | None, *, is_struck: bool) -> RatioCell:
    if time is None or time.value_ms is None:
        return RatioCell(text=_missing(time.na, time.n) if time else ABSENT, is_missing=True)
    return RatioCell(text=with_interval(time.value_ms, time.ci, "ms"), is_struck=is_struck)


def _ratio_cell(ratio: PartRatio | None, *, is_struck: bool) -> RatioCell:
    if ratio is None or ratio.value is None:
        return RatioCell(text=_missing(ratio.na, ratio.n) if ratio else ABSENT, is_missing=True)
    words = f"{with_interval(ratio.value, ratio.ci)} {ratio.verdict}"
    return RatioCell(text=words, verdict=ratio.verdict, is_struck=is_struck)


def _missing(na: NotAvailable | None, n: int) -> str:
    """Return why there is no number; too few rounds say how many it takes.

    >>> _missing(NotAvailable(reason="insufficient_samples", detail="", needed=6), 4)
    'n/a: 6 rounds needed, 4 there'
    """
    if na is not None and na.needed is not None:
        return f"n/a: {na.needed} rounds needed, {n} there"
    return "n/a" if na is None else f"n/a: {na.reason.replace('_', ' ')}"
