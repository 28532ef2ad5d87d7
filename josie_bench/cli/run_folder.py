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
from typing import Any, NoReturn

import click

from josie_bench.bench.resume import LOCK, OpenRun
from josie_bench.cli import INTERRUPTED, Terminated
from josie_bench.errors import IntegrityError, OutputError, UsageError
from josie_bench.evidence.manifest import MANIFEST, differences, seal
from josie_bench.evidence.public_result import public_result
from josie_bench.evidence.reproduce import write_reproduce
from josie_bench.suites.load import Suite
from josie_bench.suites.lock_file import lock, write_lock
from josie_bench.terms.case import Case
from josie_bench.terms.result import Result
from josie_bench.writing import make_folders


def make_folder(folder: Path) -> Path:
    """Make the run's folder and return it.

    Raises:
        OutputError: it cannot be made.
    """
    try:
        make_folders(folder)
    except OSError as error:
        raise OutputError(f"{folder}: cannot write reports here: {error.strerror}: give another --output") from error
    return folder


def lock_cases(run: OpenRun, suite: Suite, cases: Sequence[Case]) -> Callable[[Case], dict[str, object]]:
    """Write the lock of the suite's cases into the run's folder; return what gives the settings that it has of a case.

    Raises:
        OutputError: the lock cannot be written.
    """
    (run.path / MANIFEST).unlink(missing_ok=True)  # it is sealed again when the run has ended again
    locked = lock(suite, tuple(cases), run.path)
    write_lock(locked, run.path / LOCK)
    by_id = _settings(locked)
    return lambda case: dict(by_id[case.id])


def _settings(locked: dict[str, Any]) -> dict[str, dict[str, object]]:
    """Return the settings of each case of a lock, by its id."""
    return {str(entry["name"]): entry for entry in locked["cases"]}


def leave_if_complete(run: OpenRun, suite: Suite, cases: Sequence[Case]) -> None:
    """Leave with exit code 0 if there is nothing left to do in a run that was taken up; nothing is written then.

    Reports that were changed or lost are something to do: they are drawn again from what was measured.
    """
    if _is_as_sealed(run.path) and run.is_complete(cases, _settings(lock(suite, tuple(cases), run.path))):
        click.echo(f"{run.path}: complete: there is nothing to go on with")
        sys.exit(0)


def _is_as_sealed(folder: Path) -> bool:
    """Return whether all that a run wrote is there as it was; what somebody added does not matter."""
    try:
        return all(line.startswith("extra") for line in differences(folder))
    except IntegrityError:
        return False


@contextmanager
def resumable(run: OpenRun) -> Iterator[None]:
    """Add to an error that a user can mend how to go on once that is done: a full disk, a gate that is none."""
    try:
        yield
    except (OutputError, UsageError) as error:
        raise type(error)(f"{error}: what has ended is kept; mend that, then {_go_on(run)}") from error


def write_reports(run: OpenRun) -> Result:
    """Write the run's reports and return its result; folders of trials stay where one left its log.

    Raises:
        OutputError: a report cannot be written.
    """
    from josie_bench.reports import RunData, write_run

    for scratch in run.path.iterdir():
        if scratch.is_dir() and not any(scratch.iterdir()):
            shutil.rmtree(scratch)
    state = run.state
    result = public_result(state.result(), run.path, os.environ)
    data = RunData(result=result, recordings=state.recordings, parities=state.parities, judged=state.judged)
    write_run(data, run.path)
    write_reproduce(result, run.path)
    return result


def end_run(run: OpenRun, result: Result) -> None:
    """Note that the run has ended, with all that it was to write, and seal its folder.

    Raises:
        OutputError: the journal or the manifest cannot be written.
    """
    run.end(result)
    seal(run.path)


def leave_stopped(run: OpenRun, *, is_told: bool = True) -> NoReturn:
    """Leave a run that a signal stopped with the signal's exit code.

    Args:
        run: that was stopped.
        is_told: whether to say how to go on with it.
    """
    if is_told:
        click.echo(_go_on(run), err=True)
    sys.exit(INTERRUPTED[signal.SIGTERM if isinstance(run.state.stop, Terminated) else signal.SIGINT])


def _go_on(run: OpenRun) -> str:
    return f"go on with: josie-bench {run.command} --resume {shlex.quote(str(run.path))}"
