"""Where a window's time goes, and the medians of each round, as tables: percentiles that are no metrics."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from josie_bench.reports._cells import Cell, Table, table_of
from josie_bench.reports._words import ABSENT, few_mark, number, with_interval, worth_words
from josie_bench.terms.result import CaseResult, RoundResult, WaterfallSpan
from josie_bench.terms.score import Interval


def waterfall_table(case: CaseResult) -> Table:
    """Return where a window's time goes, part by part."""
    return table_of(
        ("part", "p50 (ms)", "p99 (ms)", "share of the mean"),
        (
            (
                span.span,
                *(replace(cell, is_struck=case.status != "OK" and cell.text != ABSENT) for cell in _span_cells(span)),
            )
            for span in case.waterfall
        ),
    )


def _span_cells(span: WaterfallSpan) -> tuple[Cell, ...]:
    return (
        _percentile_cell(span.p50, span.n, span.p50_n_eff, span.p50_ci),
        _percentile_cell(span.p99, span.n, span.p99_n_eff, span.p99_ci),
        Cell(text=f"{number(span.share * 100)} %"),
    )


def round_table(rounds: Sequence[RoundResult]) -> Table:
    """Return a row per round with its medians."""
    parts = list(dict.fromkeys(part for some in rounds for part in some.component_p50_ms))
    return table_of(
        ("round", "status", "began", "windows", "compute p50 (ms)", *(f"{part} (ms)" for part in parts)),
        (
            (
                str(some.index + 1),
                some.status if some.reason is None else f"{some.status}: {some.reason}",
                some.started,
                f"{some.windows_measured:,}",
                _percentile_cell(
                    some.compute_p50_ms, some.windows_answered, some.compute_p50_n_eff, some.compute_p50_ci
                ),
                *(_part_cell(some, part) for part in parts),
            )
            for some in rounds
        ),
    )


def _part_cell(some: RoundResult, part: str) -> Cell:
    n_eff, interval = some.component_p50_n_eff.get(part), some.component_p50_ci.get(part)
    return _percentile_cell(some.component_p50_ms.get(part), some.windows_answered, n_eff, interval)


def _percentile_cell(value: float | None, n: int | None, n_eff: float | None, interval: Interval | None) -> Cell:
    """Return a percentile over what it rests on; results before 1.3 do not say it."""
    if value is None:
        return Cell(text=ABSENT)
    if n is None:
        return Cell(text=number(value))
    words = f"{number(value)}, no interval" if interval is None else with_interval(value, interval)
    return Cell(text=words + few_mark(n, n_eff, interval), note=f"of {worth_words(n, n_eff)}")
