"""What every way to compare takes and says: gates, margins, output, the tables and the exit code."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click
from rich.table import Table
from rich.text import Text

from josie_bench.cli.options import table_console
from josie_bench.reports._comparison_words import (
    HEADS,
    answer,
    case_name,
    condition_lines,
    design_words,
    metric_row,
    reason_lines,
    shown_metrics,
)
from josie_bench.terms.comparison import (
    AMBIGUOUS,
    CLOCK_SHIFT,
    FASTER,
    INCOMPARABLE,
    INVALID,
    SAME,
    SLOWER,
    CaseComparison,
    Comparison,
    MetricComparison,
)

STRICT = 4
EXIT_CODES = {SLOWER: 1, INVALID: 3, INCOMPARABLE: 3, SAME: 0, FASTER: 0}
STYLES = {SLOWER: "bold red", FASTER: "green", SAME: "green", AMBIGUOUS: "yellow", CLOCK_SHIFT: "yellow"}

gate_option = click.option(
    "--gate",
    "gates",
    multiple=True,
    metavar="METRIC.STATISTIC",
    help="Gate on this instead of the six headline ones (repeatable; with 8 blocks at most six).",
)
store_option = click.option(
    "--store",
    type=click.Path(path_type=Path),
    default=Path("reports/calibration"),
    show_default=True,
    help="Where calibrate keeps what it found.",
)
strict_option = click.option("--strict", is_flag=True, help="End with 4 where nothing is decided.")
all_option = click.option("--all", "is_all", is_flag=True, help="Show every metric, not only gated and changed ones.")


def tell(comparison: Comparison, *, is_all: bool) -> None:
    """Print the comparison: a table for each case, what differs, the notes, and the verdict last."""
    console = table_console()
    for case in comparison.cases:
        shown = shown_metrics(case, is_all=is_all)
        console.print(_table(case, shown))
        for line in (*reason_lines(shown), *condition_lines(case)):
            console.print(line, markup=False, highlight=False)
        console.print(f"{case.verdict}: {case.reason}", markup=False, highlight=False)
    for note in comparison.notes:
        console.print(f"note: {note}", style="dim", markup=False, highlight=False, soft_wrap=True)
    words = f"{comparison.verdict}: {answer(comparison)} ({design_words(comparison)})"
    console.print(words, markup=False, highlight=False)


def _table(case: CaseComparison, metrics: Sequence[MetricComparison]) -> Table:
    table = Table(title=case_name(case), title_justify="left")
    for name in HEADS:
        table.add_column(name, overflow="fold")
    for metric in metrics:
        *cells, verdict = metric_row(metric)
        table.add_row(*cells, Text(verdict, style=STYLES.get(metric.verdict, "red")))
    return table


def leave(comparison: Comparison, *, is_strict: bool) -> None:
    """End the command as the verdict says: what was not decided passes unless that is asked for strictly."""
    sys.exit(EXIT_CODES.get(comparison.verdict, STRICT if is_strict else 0))
