"""`josie-bench calibrate`: how far runs of one build lie apart on this host, kept as margins for comparisons."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import click
from rich.table import Table

from josie_bench.bench.noise_floor import noise_floor
from josie_bench.cli.choices import ChoosingOption, read_cases
from josie_bench.cli.comparing import store_option
from josie_bench.cli.measuring import Order, measure, measuring, open_work
from josie_bench.cli.options import table_console
from josie_bench.cli.progress import LiveProgress
from josie_bench.cli.run_folder import end_run, leave_if_complete, leave_stopped, resumable
from josie_bench.errors import UsageError
from josie_bench.statistics.same_build import LEAST_RUNS
from josie_bench.suites.load import Suite
from josie_bench.terms.case import Case
from josie_bench.terms.comparison import RELATIVE
from josie_bench.terms.noise_floor import NoiseFloor
from josie_bench.terms.result import MACHINE, CaseResult, Result
from josie_bench.writing import check_folder

NOT_MEASURED = 3


@click.command("calibrate")
@measuring
@click.option(
    "--runs",
    cls=ChoosingOption,
    default=LEAST_RUNS,
    show_default=True,
    type=click.IntRange(LEAST_RUNS, 1000),
    help="Fresh processes.",
)
@store_option
def command(order: Order, *, runs: int, store: Path) -> None:
    """Run each case of SUITE in many fresh processes and keep how far they lie apart; compare reads it for 30 days.

    With --resume, what has ended in the run's folder is not measured again.

    Exit codes: 0 kept, 2 wrong usage, 3 a case could not be measured, 130 or 143 interrupted.
    """
    from josie_bench.reports._noise_floors import read_noise_floors

    read_noise_floors(store)  # a store that cannot be read or written later is told before the machine works for it
    check_folder(store)

    def read(suite: str, overrides: tuple[str, ...], wanted: tuple[str, ...]) -> tuple[Suite, Sequence[Case]]:
        loaded, cases = read_cases(suite, (*overrides, f"rounds={runs}"), wanted)
        _refuse_virtual(cases)
        return loaded, cases

    work = open_work("calibrate", order, read)
    run = work.run
    leave_if_complete(run, work.suite, work.cases)
    with resumable(run):
        result = measure(work, LiveProgress(is_shown=True, as_json=False))
        kept = _keep(result, store) if run.state.stop is None else []
        end_run(run, result)
    if run.state.stop is not None:
        leave_stopped(run)
    for floor, file in kept:
        table_console().print(_table(floor))
        click.echo(f"{file}: valid until {floor.expires():%Y-%m-%d}")
    _tell_lost(result)
    click.echo(str(run.path))
    sys.exit(0 if len(kept) == len(result.cases) else NOT_MEASURED)


def _refuse_virtual(cases: Sequence[Case]) -> None:
    for case in cases:
        if case.is_virtual:
            mend = "choose others with --case, or add --set simulated.clock=real"
            raise UsageError(f"{case.id}: nothing is measured in virtual time, so that there is no noise: {mend}")


def _keep(result: Result, store: Path) -> list[tuple[NoiseFloor, Path]]:
    """Write the noise floor of each case that has one; return them with their files."""
    from josie_bench.reports._noise_floors import write_noise_floor

    whole = [] if _is_of_two_machines(result) else [case for case in result.cases if case.status == "OK"]
    floors = [noise_floor(result, case, now=_measured(case)) for case in whole]
    return [(floor, write_noise_floor(floor, store)) for floor in floors if floor is not None]


def _measured(case: CaseResult) -> datetime:
    """Return when the last of its runs began: a run that is gone on with keeps the same noise floor again."""
    return datetime.fromisoformat(max(round_.started for round_ in case.rounds))


def _is_of_two_machines(result: Result) -> bool:
    return any(process.changed == MACHINE for process in result.run.resumed)


def _tell_lost(result: Result) -> None:
    for case in result.cases:
        if case.status != "OK":
            click.echo(f"{case.id}: {case.status}: {case.reason}")
    if _is_of_two_machines(result):
        click.echo("measured on two machines: no noise floor of either is kept")


def _table(floor: NoiseFloor) -> Table:
    title = f"{floor.case}: {floor.runs} runs of one build, eight against eight of them {floor.comparisons} times"
    table = Table(title=title, title_justify="left")
    for name in ("metric", "spread of runs", "95 % of changes below", "margin"):
        table.add_column(name, overflow="fold")
    for some in floor.metrics:
        table.add_row(some.metric, *(_amount(value, some.scale) for value in (some.spread, some.floor, some.margin)))
    return table


def _amount(value: float, scale: str) -> str:
    return f"{value * 100:.3g} %" if scale == RELATIVE else f"{value:.3g}"
