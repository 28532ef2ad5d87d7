"""The folder of a run: made, its suite locked in it, its reports written, and the command left as the run ended."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from josie_bench.bench.journal import Journal
from josie_bench.bench.resume import LOCK, TRIALS, OpenRun, begin_run, take_up_run
from josie_bench.bench.run import Plan, Progress
from josie_bench.bench.run_state import RunState, new_run
from josie_bench.cli import INTERRUPTED, Terminated
from josie_bench.cli.choices import read_cases
from josie_bench.errors import OutputError
from josie_bench.evidence.manifest import MANIFEST, seal
from josie_bench.evidence.public_result import public_result
from josie_bench.evidence.reproduce import reproduce_words, write_reproduce
from josie_bench.suites.load import Suite
from josie_bench.suites.lock_file import lock, write_lock
from josie_bench.terms.case import Case
from josie_bench.terms.result import Result

resume_option = click.option(
    "--resume",
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Go on with the run in FOLDER: what has ended there is not measured again.",
)
other_host_option = click.option(
    "--allow-other-host", is_flag=True, help="With --resume: also if the run was begun on another machine."
)
output_option = click.option(
    "--output", type=click.Path(path_type=Path), default=Path("reports"), show_default=True, help="Where runs go."
)


def make_folder(folder: Path) -> Path:
    """Make the run's folder and return it.

    Raises:
        OutputError: it cannot be made.
    """
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise OutputError(f"{folder}: cannot write reports here: {error.strerror}: give another --output") from error
    return folder


def locked_plan(
    folder: Path,
    suite: Suite,
    cases: Sequence[Case],
    *,
    engines: Path,
    build_timeout_s: float,
    on_progress: Callable[[Progress], None],
    run: OpenRun | None = None,
) -> Plan:
    """Write the lock of the suite's cases into the folder and return the plan of running them.

    Args:
        folder: of the run.
        suite: that is run.
        cases: those that are run of it.
        engines: the store.
        build_timeout_s: the most that one engine may take.
        on_progress: told what is going on.
        run: that the folder holds; None where nobody is to go on with it.

    Raises:
        OutputError: the lock cannot be written.
    """
    (folder / MANIFEST).unlink(missing_ok=True)  # it is sealed again when the run has ended again
    locked = lock(suite, tuple(cases), folder)
    write_lock(locked, folder / LOCK)
    by_id = _settings(locked)
    return Plan(
        engines=engines,
        build_timeout_s=build_timeout_s,
        scratch=folder / TRIALS,
        reproduce=lambda case: reproduce_words(case.id),
        settings=lambda case: dict(by_id[case.id]),
        on_progress=on_progress,
        journal=Journal() if run is None else run.journal,
    )


def _settings(locked: dict[str, Any]) -> dict[str, dict[str, object]]:
    """Return the settings of each case of a lock, by its id."""
    return {str(entry["name"]): entry for entry in locked["cases"]}


def open_run(
    command: str,
    suite: str | None,
    words: tuple[tuple[str, ...], tuple[str, ...]],
    output: Path,
    resume: Path | None,
    *,
    is_any_host: bool,
    choose: Callable[[Sequence[Case]], Sequence[Case]] = tuple,
) -> tuple[OpenRun, Suite, Sequence[Case]]:
    """Begin a run in a new folder, or take up the one in `resume`; return it with its suite and cases.

    Args:
        command: the subcommand that does it.
        suite: its name or file; None for the one that the run's folder holds.
        words: overrides, and ids of the cases that are wanted.
        output: where new runs go.
        resume: the folder of a run that was begun; None to begin one.
        is_any_host: whether it may have been begun on another machine.
        choose: gives those of a suite's cases that the run begins with.

    Raises:
        UsageError: the suite may not be what it is, or the run cannot be taken up.
        OutputError: the folder cannot be written.
    """
    if resume is None:
        if suite is None:
            raise click.UsageError("Missing argument 'SUITE'.", click.get_current_context())
        loaded, cases = read_cases(suite, *words)
        chosen = choose(cases)
        state = new_run(loaded.name, loaded.sha256)
        return begin_run(state, make_folder(output / loaded.name / state.id), command), loaded, chosen
    if suite is None and any(words):
        raise click.UsageError("--set and --case choose from a SUITE: give it too.", click.get_current_context())
    run = take_up_run(resume, command, is_any_host=is_any_host)
    loaded, cases = read_cases(suite or str(resume / LOCK), *words)
    if suite is None:
        return run, loaded, [case for case in cases if case.id in run.begun_with]
    run.state.suite, run.state.suite_sha256 = loaded.name, loaded.sha256
    return run, loaded, choose(cases)


def leave_if_complete(run: OpenRun, suite: Suite, cases: Sequence[Case]) -> None:
    """Leave with exit code 0 if there is nothing left to do in a run that was taken up; nothing is written then."""
    if run.journal.records and run.is_complete(cases, _settings(lock(suite, tuple(cases), run.path))):
        click.echo(f"{run.path}: complete: there is nothing to go on with")
        sys.exit(0)


@contextmanager
def resumable(run: OpenRun) -> Iterator[None]:
    """Add to the error of a disk that is full how to go on once it is not."""
    try:
        yield
    except OutputError as error:
        mend = f"then go on with: josie-bench {run.command} --resume {shlex.quote(str(run.path))}"
        raise OutputError(f"{error}: what has ended is kept; make it writable, {mend}") from error


def write_reports(state: RunState, folder: Path, run: OpenRun | None = None) -> Result:
    """Write the run's reports, seal its folder and return its result; folders of trials stay where one left its log.

    Args:
        state: of the run.
        folder: of the run.
        run: that the folder holds, which ends so; None where nobody is to go on with it.

    Raises:
        OutputError: a report cannot be written.
    """
    from josie_bench.reports import RunData, write_run

    for scratch in folder.iterdir():
        if scratch.is_dir() and not any(scratch.iterdir()):
            shutil.rmtree(scratch)
    result = public_result(state.result(), folder, os.environ)
    write_run(RunData(result=result, recordings=state.recordings, parities=state.parities), folder)
    write_reproduce(result, folder)
    if run is not None:
        run.end(result)
    seal(folder)
    return result


def leave_if_stopped(state: RunState) -> None:
    """Leave with the signal's exit code if the run was stopped by one."""
    if state.stop is not None:
        sys.exit(INTERRUPTED[signal.SIGTERM if isinstance(state.stop, Terminated) else signal.SIGINT])
