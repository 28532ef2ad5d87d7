"""`josie-bench run`: measure a suite and write its reports."""

from __future__ import annotations

import json
import shlex
import shutil
import signal
import sys
from dataclasses import asdict
from pathlib import Path

import click

from josie_bench.bench.run import Plan, RunState, new_run, run_cases
from josie_bench.cli import INTERRUPTED, Terminated
from josie_bench.cli.choices import case_option, read_cases, set_option, suite_argument
from josie_bench.cli.options import build_timeout_option, duration_s, engines_option
from josie_bench.cli.progress import LiveProgress, summary_table
from josie_bench.errors import OutputError
from josie_bench.suites.lock_file import lock, write_lock
from josie_bench.terms.case import Case
from josie_bench.terms.result import Result

EXIT_CODES = {"OK": 0, "GATE_BROKEN": 1, "NOT_MEASURED": 3}


@click.command("run")
@suite_argument
@set_option
@case_option
@engines_option
@build_timeout_option
@click.option(
    "--output", type=click.Path(path_type=Path), default=Path("reports"), show_default=True, help="Where runs go."
)
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
    folder = _make_folder(output / loaded.name / state.id)
    locked = lock(loaded, cases)
    write_lock(locked, folder / "suite.lock.yaml")
    by_id = {str(entry["name"]): entry for entry in locked["cases"]}
    progress = LiveProgress(is_shown=not quiet and not json_lines, as_json=json_lines)
    plan = Plan(
        engines=engines,
        build_timeout_s=build_timeout_s,
        scratch=folder / "trials",
        reproduce=lambda case: _reproduce(folder, case),
        settings=lambda case: dict(by_id[case.id]),
        on_progress=progress,
    )
    with progress:
        run_cases(state, cases, plan)
    _tidy(folder / "trials")
    result = _write(state, folder)
    _tell(result, folder, quiet=quiet, json_lines=json_lines)
    if state.stop is not None:
        sys.exit(INTERRUPTED[signal.SIGTERM if isinstance(state.stop, Terminated) else signal.SIGINT])
    sys.exit(EXIT_CODES[result.run.status])


def _make_folder(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise OutputError(f"{folder}: cannot write reports here: {error.strerror}: give another --output") from error
    return folder


def _reproduce(folder: Path, case: Case) -> str:
    return f"josie-bench run {shlex.quote(str(folder / 'suite.lock.yaml'))} --case {shlex.quote(case.id)}"


def _write(state: RunState, folder: Path) -> Result:
    from josie_bench.reports import RunData, write_run

    result = state.result()
    write_run(RunData(result=result, recordings=state.recordings, parities=state.parities), folder)
    return result


def _tidy(scratch: Path) -> None:
    """Remove the trials' folder unless a failed trial left its log there."""
    if scratch.is_dir() and not any(scratch.iterdir()):
        shutil.rmtree(scratch)


def _tell(result: Result, folder: Path, *, quiet: bool, json_lines: bool) -> None:
    if json_lines:
        click.echo(
            json.dumps({"stage": "end", "status": result.run.status, "folder": str(folder)} | asdict(result.run))
        )
        return
    if not quiet:
        summary_table(result)
    click.echo(str(folder))
