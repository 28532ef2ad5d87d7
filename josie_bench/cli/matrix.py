"""`josie-bench matrix`: runs of many machines beside each other, normalised where they may be."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("matrix")
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--metric", "metrics", multiple=True, metavar="METRIC.STATISTIC", help="A row of it (repeatable).")
@click.option("--vary", "varied", multiple=True, metavar="CONDITION", help="May differ besides the host (repeatable).")
@click.option("--output", type=click.Path(path_type=Path), help="Write matrix.json and matrix.md here.")
def command(runs: tuple[Path, ...], metrics: tuple[str, ...], varied: tuple[str, ...], output: Path | None) -> None:
    """Show the cases of RUNS over the machines that measured them, relative to the first.

    A fleet's run has a column for each of its machines. Exit codes: 0 shown, 2 wrong usage.
    """
    from rich.table import Table

    from josie_bench.bench.matrix import matrix_of
    from josie_bench.cli.options import table_console
    from josie_bench.cli.stored_run import run_folder
    from josie_bench.reports._matrix import LEGEND_HEADS, WORDS, heads, legend, reasons, rows, write_matrix
    from josie_bench.reports.result import read

    matrix = matrix_of([read(run_folder(run)) for run in runs], metrics, varied)
    console = table_console()
    numbers, machines = Table(*heads(matrix)), Table(*LEGEND_HEADS)
    for row in rows(matrix):
        numbers.add_row(*row)
    for line in legend(matrix):
        machines.add_row(*line)
    console.print(numbers)
    console.print(machines)
    for words in (WORDS, *reasons(matrix)):
        console.print(words, markup=False, highlight=False)
    for file in write_matrix(matrix, output) if output else ():
        click.echo(str(file))
