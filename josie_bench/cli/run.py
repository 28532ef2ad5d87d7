"""`josie-bench run`: measure a suite and write its reports."""

from __future__ import annotations

import json
import shlex
import sys
from dataclasses import asdict
from pathlib import Path

import click

from josie_bench.bench.run import run_cases
from josie_bench.cli.choices import case_option, optional_suite_argument, set_option
from josie_bench.cli.options import build_timeout_option, duration_s, engines_option
from josie_bench.cli.progress import LiveProgress, summary_table
from josie_bench.cli.run_folder import (
    leave_if_complete,
    leave_if_stopped,
    locked_plan,
    open_run,
    other_host_option,
    output_option,
    resumable,
    resume_option,
    write_reports,
)
from josie_bench.terms.result import Result

EXIT_CODES = {"OK": 0, "GATE_BROKEN": 1, "NOT_MEASURED": 3}


@click.command("run")
@optional_suite_argument
@set_option
@case_option
@engines_option
@build_timeout_option
@output_option
@resume_option
@other_host_option
@click.option("--quiet", is_flag=True, help="Print nothing but the run's folder.")
@click.option("--json-lines", is_flag=True, help="Print progress as one JSON object a line.")
def command(
    suite: str | None,
    overrides: tuple[str, ...],
    wanted: tuple[str, ...],
    engines: Path,
    output: Path,
    *,
    resume: Path | None,
    build_timeout: str,
    allow_other_host: bool,
    quiet: bool,
    json_lines: bool,
) -> None:
    """Run SUITE (a name such as `realtime`, or a file) and write its reports.

    With --resume, SUITE is what the run's folder holds unless another is given; then cases that differ run anew.

    Exit codes: 0 pass, 1 a gate broken, 2 wrong usage or suite, 3 nothing, or a gated case, could be measured,
    130 or 143 interrupted.
    """
    build_timeout_s = duration_s("--build-timeout", build_timeout)
    run, loaded, cases = open_run("run", suite, (overrides, wanted), output, resume, is_any_host=allow_other_host)
    leave_if_complete(run, loaded, cases)
    progress = LiveProgress(is_shown=not quiet and not json_lines, as_json=json_lines)
    with resumable(run):
        plan = locked_plan(
            run.path, loaded, cases, engines=engines, build_timeout_s=build_timeout_s, on_progress=progress, run=run
        )
        run.start(cases)
        with progress:
            run_cases(run.state, cases, plan)
        result = write_reports(run.state, run.path)
        run.end(result)
    _tell(result, run.path, quiet=quiet, json_lines=json_lines)
    leave_if_stopped(run.state)
    sys.exit(EXIT_CODES[result.run.status])


def _tell(result: Result, folder: Path, *, quiet: bool, json_lines: bool) -> None:
    if json_lines:
        click.echo(
            json.dumps({"stage": "end", "status": result.run.status, "folder": str(folder)} | asdict(result.run))
        )
        return
    if not quiet:
        summary_table(result)
        if result.run.status == "INTERRUPTED":
            click.echo(f"go on with: josie-bench run --resume {shlex.quote(str(folder))}", err=True)
    click.echo(str(folder))
