"""`josie-bench rate`: sheets on which people rate what a run kept, and what filled ones say."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click


@click.group("rate")
def command() -> None:
    """Let people rate the sounds that a run kept, and read what they gave."""


@command.command("export")
@click.argument("run", type=click.Path(path_type=Path))
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--seed", default=0, show_default=True, type=click.IntRange(0), help="Of the order and the codes.")
def export(run: Path, folder: Path, seed: int) -> None:
    """Write a sheet, a page that plays its samples, and their files into FOLDER, to be handed to each rater.

    Whose a sample is stands nowhere in FOLDER; RUN alone tells, so keep RUN from the raters.
    """
    from josie_bench.cli.stored_run import run_folder
    from josie_bench.reports import read_run
    from josie_bench.reports._rating_sheet import write_sheet
    from josie_bench.reports._words import counted

    sheet, page, *sounds = write_sheet(read_run(run_folder(run)), folder, seed)
    click.echo(f"{sheet}\n{page}\n{counted(len(sounds), 'sample')} beside them")


@command.command("import")
@click.argument("run", type=click.Path(path_type=Path))
@click.argument("sheets", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def take(run: Path, sheets: tuple[Path, ...], *, as_json: bool) -> None:
    """Say what people gave RUN in SHEETS, one filled sheet for each of them, with intervals.

    The verdicts of `josie-bench claims` stay as they are: these people rated this model, not the paper's.
    """
    from rich.table import Table

    from josie_bench.cli.options import table_console
    from josie_bench.cli.stored_run import run_folder
    from josie_bench.reports import read_run
    from josie_bench.reports._rating_sheet import HEADS, opinion_rows, opinions

    data = read_run(run_folder(run))
    found = opinions(data, sheets)
    if as_json:
        told = {"schema": "josie-bench/opinions.v1", "run": data.result.run.id, "opinions": list(map(asdict, found))}
        click.echo(json.dumps(told, indent=2, ensure_ascii=False))
        return
    table = Table(*HEADS)
    for row in opinion_rows(found):
        table.add_row(*row)
    table_console().print(table)
