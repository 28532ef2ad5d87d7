"""`josie-bench plan`: what a run would do."""

from __future__ import annotations

from pathlib import Path

import click
from rich.table import Table

from josie_bench.bench.forecast import CaseForecast, forecast
from josie_bench.cli.choices import case_option, read_cases, set_option, suite_argument
from josie_bench.cli.options import engines_option, table_console
from josie_bench.terms.case import Case


@click.command("plan")
@suite_argument
@set_option
@case_option
@engines_option
def command(suite: str, overrides: tuple[str, ...], wanted: tuple[str, ...], engines: Path) -> None:
    """Say what running SUITE would do: cases, minutes, engines to build, what is skipped and why."""
    loaded, cases = read_cases(suite, overrides, wanted)
    rows = forecast(cases, engines)
    table = Table(title=f"{loaded.name}: {len(cases)} cases", title_justify="left")
    for name in ("case", "windows", "about", "engines", "skipped because"):
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(row.case.id, _windows(row.case), f"{row.seconds:.0f} s", _engines(row), row.skip or "")
    console = table_console()
    console.print(table)
    skipped = sum(row.skip is not None for row in rows)
    minutes = sum(row.seconds for row in rows) / 60.0
    console.print(f"about {minutes:.1f} minutes, {skipped} of {len(rows)} cases skipped", highlight=False)


def _windows(case: Case) -> str:
    return str(case.windows) if case.rounds == 1 else f"{case.rounds} × {case.windows}"


def _engines(row: CaseForecast) -> str:
    if row.skip:
        return ""
    if row.case.is_virtual:
        return "none: virtual time"
    return f"build {len(row.to_build)}" if row.to_build else "cached"
