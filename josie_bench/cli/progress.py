"""What a person sees while a suite runs, and the table at its end."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from types import TracebackType

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as Bars
from rich.table import Column

from josie_bench.bench.plan import Progress
from josie_bench.cli.number_table import STRUCK, Cell, print_numbers
from josie_bench.cli.options import table_console
from josie_bench.reports._capacity import ANSWER_HEADS, answer_rows
from josie_bench.reports._capacity import TITLE as CAPACITY_TITLE
from josie_bench.reports._case_tables import TABLES, CaseTable, brief_cases, split
from josie_bench.reports._contrasts import HEADS as CONTRAST_HEADS
from josie_bench.reports._contrasts import TITLE as CONTRAST_TITLE
from josie_bench.reports._contrasts import WORDS as CONTRAST_WORDS
from josie_bench.reports._contrasts import contrast_rows
from josie_bench.reports._faults import fault_line
from josie_bench.reports._ratio_words import TITLE, RatioTable, ratio_tables
from josie_bench.reports._severity import HEADS as SEVERITY_HEADS
from josie_bench.reports._severity import TITLE as SEVERITY_TITLE
from josie_bench.reports._severity import WORDS as SEVERITY_WORDS
from josie_bench.reports._severity import severity_rows
from josie_bench.reports._standing import mark
from josie_bench.reports._validity_words import diagnosis_lines, outcomes
from josie_bench.reports._words import (
    basis_words,
    few_mark,
    few_words,
    listed,
    missing_words,
    score_words,
    share_words,
    with_interval,
)
from josie_bench.terms.result import CaseResult, MetricScore, Result

STYLES = {"OK": "green", "SKIPPED": "yellow"}
CUT_OFF = ("SKIPPED", "ERROR", "TIMEOUT", "OOM", "INTERRUPTED")
ROOM_FOR_BARS = 100
TIMED = {
    "response p50 [95 %] ms": "response_latency.p50",
    "response p95 [95 %] ms": "response_latency.p95",
    "missed": "deadline_miss_ratio.budget",
    "compute p50 [95 %] ms": "compute_time.p50",
    "RTF": "compute_rtf.mean",
}
SHOWN = {*TIMED.values(), *(key for kind in TABLES for key in kind.columns.values() if kind.is_brief)}


class LiveProgress:
    """A bar per case on a terminal, a line per case elsewhere, or JSON lines."""

    def __init__(self, *, is_shown: bool, as_json: bool) -> None:
        self._is_shown = is_shown
        self._as_json = as_json
        self._lines = sys.stdout  # while a fleet works another stands for it
        self._console = Console(stderr=True)
        self._bars = Bars(
            TextColumn(
                "{task.description}", markup=False, table_column=Column(ratio=1, no_wrap=True, overflow="ellipsis")
            ),
            *([BarColumn(bar_width=24)] if self._console.width >= ROOM_FOR_BARS else []),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=self._console,
            expand=True,
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
            click.echo(json.dumps(asdict(said)), file=self._lines)
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
        if said.stage == "done":
            self._end(task, is_whole=said.text not in CUT_OFF)

    def _end(self, task: TaskID, *, is_whole: bool) -> None:
        """Stop the clock of a case; the last window is told before its trial has ended, so the bar is filled here."""
        if is_whole:
            total = next(each.total for each in self._bars.tasks if each.id == task) or 0
            self._bars.update(task, total=total, completed=total)
        self._bars.stop_task(task)


def summary_table(result: Result) -> None:
    """Print the cases, their headline numbers and broken budgets."""
    console = table_console()
    timed, _ = split(result.cases)
    if timed:
        title = f"{result.run.suite}: {result.run.status}"
        print_numbers(console, title, ("case", "status", *TIMED), _timed_rows(timed))
    _print_capacity(console, result.cases)
    for kind in TABLES:
        if cases := brief_cases(kind, result.cases):
            print_numbers(console, kind.title, ("case", "status", *kind.asked(cases)), _table_rows(kind, cases))
    for ratios in ratio_tables(result.comparisons, result.cases):
        print_numbers(console, TITLE, ratios.heads, _ratio_rows(ratios))
        console.print(ratios.caption, style="dim", markup=False, highlight=False)
    _print_contrasts(console, result)
    _print_severities(console, result)
    _print_faults(console, result.cases)
    if words := few_words(result.cases, SHOWN):
        console.print(words, style="dim", markup=False, highlight=False)
    for words, ids in outcomes(result.cases).items():
        console.print(f"validity: {words} ({listed(ids)})", style="dim", markup=False, highlight=False)
    for line in (line for case in result.cases for line in _case_lines(case)):
        console.print(line, markup=False, highlight=False)
    console.print(f"{result.run.status}: {result.run.stop_reason}", markup=False, highlight=False)


def _print_contrasts(console: Console, result: Result) -> None:
    if rows := [[Cell(text=words) for words in row] for row in contrast_rows(result.contrasts)]:
        print_numbers(console, CONTRAST_TITLE, CONTRAST_HEADS, rows)
        console.print(CONTRAST_WORDS, style="dim", markup=False, highlight=False)


def _print_severities(console: Console, result: Result) -> None:
    if rows := [[Cell(text=words) for words in row] for row in severity_rows(result.severities)]:
        print_numbers(console, SEVERITY_TITLE, SEVERITY_HEADS, rows)
        console.print(SEVERITY_WORDS, style="dim", markup=False, highlight=False)


def _print_capacity(console: Console, cases: Sequence[CaseResult]) -> None:
    """Print how many sessions hold, where that was looked for."""
    if answers := answer_rows(cases):
        print_numbers(console, CAPACITY_TITLE, ANSWER_HEADS, [[Cell(text=text) for text in row] for row in answers])


def _print_faults(console: Console, cases: Sequence[CaseResult]) -> None:
    if line := fault_line(cases):
        console.print(f"faults: {line}", markup=False, highlight=False)


def _case_lines(case: CaseResult) -> Iterator[str]:
    """Yield what its times' shape says, why it is not OK, and budgets that are not kept."""
    yield from (f"{case.id}: {found}" for found in diagnosis_lines(case))
    if case.reason:
        yield f"{case.id}: {case.status}: {case.reason}"
    for verdict in case.budgets:
        if verdict.result == "fail" or (verdict.result == "n/a" and case.status == "OK"):
            found = verdict.result if case.has_ended_well else mark(verdict, case)
            yield f"{case.id}: {verdict.severity} {verdict.expr}: {found}: {verdict.detail}"


def _timed_rows(cases: Sequence[CaseResult]) -> list[list[Cell]]:
    return [
        [*_standing(case, case.id), *(_number(case.metrics.get(key), _style(case)) for key in TIMED.values())]
        for case in cases
    ]


def _table_rows(kind: CaseTable, cases: Sequence[CaseResult]) -> list[list[Cell]]:
    columns = kind.asked(cases).values()
    return [
        [*_standing(case, kind.name(case)), *(_words(case.metrics.get(key), _style(case)) for key in columns)]
        for case in cases
    ]


def _ratio_rows(ratios: RatioTable) -> list[list[Cell]]:
    return [[Cell(text=cell.text, style=STRUCK if cell.is_struck else "") for cell in row] for row in ratios.rows]


def _standing(case: CaseResult, name: str) -> tuple[Cell, Cell]:
    return Cell(text=name), Cell(text=case.status, style=STYLES.get(case.status, "red"))


def _style(case: CaseResult) -> str:
    return "" if case.status == "OK" else STRUCK


def _number(score: MetricScore | None, style: str) -> Cell:
    """Return a number over what it rests on, or why there is none and what would bring it."""
    if score is None or score.na is not None or score.value is None:
        return _words(score, style)
    if score.k is not None:
        return Cell(text=share_words(score), note=basis_words(score), style=style)
    words = with_interval(score.value, score.ci) + few_mark(score.n, score.n_eff, score.ci)
    return Cell(text=words, note=basis_words(score), style=style)


def _words(score: MetricScore | None, style: str) -> Cell:
    """Return a number with its unit over what it rests on, or why there is none."""
    if score is not None and score.value is None:
        text, _, note = missing_words(score.na, score.n).partition(": ")
        return Cell(text=text, note=note)
    return Cell(text=score_words(score), note=basis_words(score), style=style)
