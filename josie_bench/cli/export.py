"""`josie-bench export`: a run's numbers in the format of another tool."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("export")
@click.argument("run_folder", type=click.Path(path_type=Path))
@click.option("--to", "to", required=True, help="csv, pytest-benchmark, asv or openmetrics.")
@click.option(
    "--output", type=click.Path(path_type=Path), default=Path(), help="The folder to write into.  [default: here]"
)
def command(run_folder: Path, to: str, output: Path) -> None:
    """Write the numbers of the run in RUN_FOLDER for another tool and print the files' names.

    Exit codes: 0 written, 2 no run's folder, an unknown format or one that the run has not the facts for.
    """
    from josie_bench.exports import find_export, unquotable, write_export
    from josie_bench.reports import read_run

    export = find_export(to)
    data = read_run(run_folder)
    for path in write_export(data, to, output):
        click.echo(str(path))
    for case in [] if export.TELLS_STATUS else unquotable(data):
        click.echo(f"left out: {case.id} is {case.status}, which {to} cannot tell", err=True)
