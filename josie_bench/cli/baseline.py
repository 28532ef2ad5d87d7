"""`josie-bench baseline`: names for runs that others are held against."""

from __future__ import annotations

from pathlib import Path

import click
from rich.table import Table

from josie_bench.cli.options import history_option, table_console
from josie_bench.cli.stored_run import run_folder
from josie_bench.errors import UsageError


@click.group("baseline")
def command() -> None:
    """Name runs that others are held against: josie-bench compare RUN --baseline NAME."""


@command.command("set")
@click.argument("name")
@click.argument("folder", type=click.Path(path_type=Path))
@history_option
def set_name(name: str, folder: Path, history: Path) -> None:
    """Let NAME stand for the run in FOLDER, which is noted in the history."""
    from josie_bench.reports._history import add_run, opened, set_baseline

    if not name.strip():
        raise UsageError("a baseline needs a name: josie-bench baseline set NAME RUN_FOLDER")
    with opened(history, is_new=True) as store:
        run, _ = add_run(store, history, run_folder(folder))
        set_baseline(store, name, run)
    click.echo(f"{name}: {run.run} ({run.sha256[:12]})")


@command.command("list")
@history_option
def list_names(history: Path) -> None:
    """List what each name stands for."""
    from josie_bench.reports._history import baselines, opened

    table = Table("baseline", "run", "suite", "measured", "since", "folder")
    with opened(history) as store:
        for some in baselines(store):
            table.add_row(some.name, some.run.run, some.run.suite, some.run.started, some.since, some.run.place)
    table_console().print(table)
