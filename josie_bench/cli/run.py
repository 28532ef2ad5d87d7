"""`josie-bench run`: measure a suite and write its reports."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, replace
from pathlib import Path

import click

from josie_bench.cli.fleet_options import check_fleet, fleet_options, runner_of, sharing_out
from josie_bench.cli.gpu_options import gpu_options, holding, refuse_fleet
from josie_bench.cli.measuring import Order, measure, measuring, open_work
from josie_bench.cli.progress import LiveProgress, summary_table
from josie_bench.cli.run_folder import end_run, leave_if_complete, leave_stopped, resumable
from josie_bench.terms.result import Result

EXIT_CODES = {"OK": 0, "GATE_BROKEN": 1, "NOT_MEASURED": 3}


@click.command("run")
@measuring
@fleet_options
@gpu_options
@click.option("--quiet", is_flag=True, help="Print nothing but the run's folder.")
@click.option("--json-lines", is_flag=True, help="Print progress as one JSON object a line.")
def command(
    order: Order,
    *,
    fleet: str | None,
    fleet_cores: int | None,
    gpu_clock: str | None,
    gpu_power: str | None,
    quiet: bool,
    json_lines: bool,
) -> None:
    """Run SUITE (a name such as `realtime`, or a file) and write its reports.

    With --fleet the cases are shared out over workers; those that are held against each other stay on one.

    With --gpu-clock or --gpu-power the first GPU is held so meanwhile, and given back however the run ends.

    With --resume, SUITE is what the run's folder holds unless another is given; then cases that differ run anew.

    Exit codes: 0 pass, 1 a gate broken, 2 wrong usage or suite, 3 nothing, or a gated case, could be measured,
    130 or 143 interrupted.
    """
    check_fleet(fleet)
    with holding(gpu_clock, gpu_power, fleet) as held:
        work = sharing_out(open_work("run", replace(order, held=held)), fleet, fleet_cores)
        run = work.run
        refuse_fleet(work)
        leave_if_complete(run, work.suite, work.cases)
        with resumable(run):
            progress = LiveProgress(is_shown=not quiet and not json_lines, as_json=json_lines)
            result = measure(work, progress, runner_of(work))
            end_run(run, result)
    _tell(result, run.path, quiet=quiet, json_lines=json_lines)
    if run.state.stop is not None:
        leave_stopped(run, is_told=not quiet and not json_lines)
    sys.exit(EXIT_CODES[result.run.status])


def _tell(result: Result, folder: Path, *, quiet: bool, json_lines: bool) -> None:
    if json_lines:
        click.echo(
            json.dumps({"stage": "end", "status": result.run.status, "folder": str(folder)} | asdict(result.run))
        )
        return
    if not quiet:
        summary_table(result)
    click.echo(str(folder))
