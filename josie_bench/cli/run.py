"""`josie-bench run`: measure a suite and write its reports."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

import click

from josie_bench.bench.run import new_run, run_cases
from josie_bench.cli.choices import case_option, read_cases, set_option, suite_argument
from josie_bench.cli.options import build_timeout_option, duration_s, engines_option
from josie_bench.cli.progress import LiveProgress, summary_table
from josie_bench.cli.run_folder import leave_if_stopped, locked_plan, make_folder, output_option, write_reports
from josie_bench.terms.result import Result

EXIT_CODES = {"OK": 0, "GATE_BROKEN": 1, "NOT_MEASURED": 3}


@click.command("run")
@suite_argument
@set_option
@case_option
@engines_option
@build_timeout_option
@output_option
@click.option("--quiet", is_flag=True, help="Print nothing but the run's folder.")
@click.option("--json-lines", is_flag=True, help="Print progress as one JSON object a line.")
def command(
    suite: str,
    overrides: tuple[str, ...],
    wanted: tuple[str, ...],
    engines: Path,
    output: Path,
    *,
    build_timeout: str,
    quiet: bool,
    json_lines: bool,
) -> None:
    """Run SUITE (a name such as `realtime`, or a file) and write its reports.

    Exit codes: 0 pass, 1 a gate broken, 2 wrong usage or suite, 3 nothing, or a gated case, could be measured,
    130 or 143 interrupted.
    """
    build_timeout_s = duration_s("--build-timeout", build_timeout)
    loaded, cases = read_cases(suite, overrides, wanted)
    state = new_run(loaded.name, loaded.sha256)
    folder = make_folder(output / loaded.name / state.id)
    progress = LiveProgress(is_shown=not quiet and not json_lines, as_json=json_lines)
    plan = locked_plan(folder, loaded, cases, engines=engines, build_timeout_s=build_timeout_s, on_progress=progress)
    with progress:
        run_cases(state, cases, plan)
    result = write_reports(state, folder)
    _tell(result, folder, quiet=quiet, json_lines=json_lines)
    leave_if_stopped(state)
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
