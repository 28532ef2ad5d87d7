"""What a person sees while a suite runs, and the table at its end."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from types import TracebackType

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bars
from rich.table import Table
from rich.text import Text

from josie_bench.bench.run import Progress
from josie_bench.cli.options import table_console
from josie_bench.reports._case_tables import TABLES, CaseTable, brief_cases, split
from josie_bench.reports._ratio_words import TITLE, RatioTable, ratio_tables
from josie_bench.reports._validity_words import diagnosis_lines, outcomes
from josie_bench.reports._words import (
    ABSENT,
    listed,
    missing_words,
    ratio_words,
    sample_words,
    score_words,
    with_interval,
)
from josie_bench.terms.result import CaseResult, MetricScore, Result

STYLES = {"OK": "green", "pass": "green", "fail": "bold red", "SKIPPED": "yellow"}
TIMED = {
    "response p50 [95 %] ms": "response_latency.p50",
    "p95 [95 %] ms": "response_latency.p95",
    "missed": "deadline_miss_ratio.budget",
    "compute p50 [95 %] ms": "compute_time.p50",
    "RTF": "compute_rtf.mean",
}


class LiveProgress:
    """A bar per case on a terminal, a line per case elsewhere, or JSON lines."""

    def __init__(self, *, is_shown: bool, as_json: bool) -> None:
        self._is_shown = is_shown
        self._as_json = as_json
        self._console = Console(stderr=True)
        self._bars = Bars(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=self._console,
            disable=not (is_shown and self._console.is_terminal),
        )
        self._tasks: dict[int, TaskID] = {}
        self._started = time.monotonic()

    def __enter__(self) -> LiveProgress:
        self._bars.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._bars.stop()

    def __call__(self, said: Progress) -> None:
        """Show what the run says it is doing."""
        if self._as_json:
            click.echo(json.dumps(asdict(said)))
            return
        if not self._is_shown:
            return
        head = f"[{said.case + 1}/{said.cases}] {said.id}"
        if not self._console.is_terminal:
            if said.stage in ("done", "round") or said.text.startswith("building"):
                spent = time.monotonic() - self._started
                line = f"{spent:6.1f} s  {head}  {said.text}"
                self._console.print(line, highlight=False, markup=False, soft_wrap=True)
            return
        if said.case not in self._tasks:
            self._tasks[said.case] = self._bars.add_task(head, total=None)
        task = self._tasks[said.case]
        self._bars.update(task, description=f"{head}  {said.text}")
        if said.windows:
            self._bars.update(task, total=said.windows, completed=said.window)


def summary_table(result: Result) -> None:
    """Print the cases, their headline numbers and broken budgets."""
    console = table_console()
    timed, _ = split(result.cases)
    if timed:
        console.print(_timed_table(result, timed))
    for table in (_case_table(kind, cases) for kind in TABLES if (cases := brief_cases(kind, result.cases))):
        console.print(table)
    for ratios in ratio_tables(result.comparisons, result.cases):
        console.print(_ratio_table(ratios))
        console.print(ratios.caption, style="dim", markup=False, highlight=False)
    for words, ids in outcomes(result.cases).items():
        console.print(f"validity: {words} ({listed(ids)})", style="dim", markup=False, highlight=False)
    for line in (line for case in result.cases for line in _case_lines(case)):
        console.print(line, markup=False, highlight=False)
    console.print(f"{result.run.status}: {result.run.stop_reason}", markup=False, highlight=False)


def _case_lines(case: CaseResult) -> Iterator[str]:
    """Yield what its times' shape says, why it is not OK, and budgets that are not kept."""
    yield from (f"{case.id}: {found}" for found in diagnosis_lines(case))
    if case.reason:
        yield f"{case.id}: {case.status}: {case.reason}"
    for verdict in case.budgets:
        if verdict.result == "fail" or (verdict.result == "n/a" and case.status == "OK"):
            yield f"{case.id}: {verdict.severity} {verdict.expr}: {verdict.result}: {verdict.detail}"


def _timed_table(result: Result, cases: Sequence[CaseResult]) -> Table:
    table = Table(title=f"{result.run.suite}: {result.run.status}", title_justify="left")
    for name in ("case", "status", *TIMED):
        table.add_column(name, overflow="fold")
    for case in cases:
        table.add_row(case.id, _styled(case.status), *_numbers(case))
    return table


def _ratio_table(ratios: RatioTable) -> Table:
    table = Table(title=TITLE, title_justify="left")
    for name in ratios.heads:
        table.add_column(name, overflow="fold")
    for row in ratios.rows:
        table.add_row(*(Text(cell.text, style="strike" if cell.is_struck else "") for cell in row))
    return table


def _case_table(kind: CaseTable, cases: Sequence[CaseResult]) -> Table:
    table = Table(title=kind.title, title_justify="left")
    for name in ("case", "status", *kind.columns):
        table.add_column(name, overflow="fold")
    for case in cases:
        table.add_row(
            case.id, _styled(case.status), *(score_words(case.metrics.get(key)) for key in kind.columns.values())
        )
    return table


def _numbers(case: CaseResult) -> tuple[Text, ...]:
    return tuple(_number(case.metrics.get(key)) for key in TIMED.values())


def _number(score: MetricScore | None) -> Text:
    """Return a number over what it rests on, or why there is none and what would bring it."""
    if score is None:
        return Text(ABSENT)
    if score.na is not None or score.value is None:
        first, _, why = missing_words(score.na, score.n).partition(": ")
        return _over(first, why)
    if score.k is not None:
        return _over(ratio_words(score).partition(" (")[0], sample_words(score))
    return _over(with_interval(score.value, score.ci), f"of {sample_words(score)}")


def _over(number: str, samples: str) -> Text:
    return Text.assemble(number, ("\n" + samples, "dim"))


def _styled(word: str) -> str:
    style = STYLES.get(word, "red")
    return f"[{style}]{word}[/{style}]"
