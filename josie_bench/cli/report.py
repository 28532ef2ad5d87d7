"""`josie-bench report`: the reports of a finished run, drawn again from what it recorded."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("report")
@click.argument("run_folder", type=click.Path(path_type=Path))
@click.option("--output", type=click.Path(path_type=Path), help="Write them here instead of into the run's folder.")
def command(run_folder: Path, output: Path | None) -> None:
    """Draw the reports of RUN_FOLDER again, and seal it again. Needs neither torch nor the machine that measured.

    Exit codes: 0 drawn, 2 no run's folder, 3 what was measured is not as it was sealed.
    """
    from josie_bench.evidence.manifest import require_intact, seal
    from josie_bench.reports import data_files, read_run, write_run

    require_intact(run_folder, data_files())
    for file in write_run(read_run(run_folder), output or run_folder):
        click.echo(str(file))
    if output is None:
        click.echo(str(seal(run_folder)))
