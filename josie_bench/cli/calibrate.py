"""`josie-bench calibrate`: how far runs of one build lie apart on this host, kept as margins for comparisons."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.table import Table

from josie_bench.bench.noise_floor import noise_floor
from josie_bench.bench.run import run_cases
from josie_bench.bench.run_state import new_run
from josie_bench.cli.choices import case_option, read_cases, set_option, suite_argument
from josie_bench.cli.comparing import store_option
from josie_bench.cli.options import build_timeout_option, duration_s, engines_option, table_console
from josie_bench.cli.progress import LiveProgress
from josie_bench.cli.run_folder import leave_if_stopped, locked_plan, make_folder, output_option, write_reports
from josie_bench.statistics.same_build import LEAST_RUNS
from josie_bench.terms.comparison import RELATIVE
from josie_bench.terms.noise_floor import NoiseFloor
from josie_bench.terms.result import CaseResult

NOT_MEASURED = 3


@click.command("calibrate")
@suite_argument
@click.option(
    "--runs", default=LEAST_RUNS, show_default=True, type=click.IntRange(LEAST_RUNS, 1000), help="Fresh processes."
)
@set_option
@case_option
@engines_option
@build_timeout_option
@output_option
@store_option
def command(
    suite: str,
    runs: int,
    overrides: tuple[str, ...],
    wanted: tuple[str, ...],
    *,
    engines: Path,
    build_timeout: str,
    output: Path,
    store: Path,
) -> None:
    """Run each case of SUITE in many fresh processes and keep how far they lie apart; compare reads it for 30 days.

    Exit codes: 0 kept, 2 wrong usage, 3 a case could not be measured, 130 or 143 interrupted.
    """
    from josie_bench.reports._noise_floors import read_noise_floors, write_noise_floor

    build_timeout_s = duration_s("--build-timeout", build_timeout)
    read_noise_floors(store)  # a store that cannot be read later is told before the machine works for it
    loaded, cases = read_cases(suite, (*overrides, f"rounds={runs}"), wanted)
    state = new_run(loaded.name, loaded.sha256)
    folder = make_folder(output / loaded.name / state.id)
    progress = LiveProgress(is_shown=True, as_json=False)
    plan = locked_plan(folder, loaded, cases, engines=engines, build_timeout_s=build_timeout_s, on_progress=progress)
    with progress:
        run_cases(state, cases, plan)
    result = write_reports(state, folder)
    leave_if_stopped(state)
    whole = [case for case in result.cases if case.status == "OK"]
    floors = [noise_floor(result, case, now=datetime.now(UTC)) for case in whole]
    for floor in (some for some in floors if some is not None):
        table_console().print(_table(floor))
        click.echo(f"{write_noise_floor(floor, store)}: valid until {floor.expires():%Y-%m-%d}")
    _tell_lost(result.cases)
    click.echo(str(folder))
    sys.exit(0 if len(whole) == len(result.cases) and None not in floors else NOT_MEASURED)


def _tell_lost(cases: Sequence[CaseResult]) -> None:
    for case in cases:
        if case.status != "OK":
            click.echo(f"{case.id}: {case.status}: {case.reason}")


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
