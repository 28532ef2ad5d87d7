"""The folder of a run: made, its suite locked in it, its reports written, and the command left as the run ended."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import click

from josie_bench.bench.run import Plan, Progress, RunState
from josie_bench.cli import INTERRUPTED, Terminated
from josie_bench.errors import OutputError
from josie_bench.evidence.manifest import seal
from josie_bench.evidence.public_result import public_result
from josie_bench.evidence.reproduce import reproduce_words, write_reproduce
from josie_bench.suites.load import Suite
from josie_bench.suites.lock_file import lock, write_lock
from josie_bench.terms.case import Case
from josie_bench.terms.result import Result

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
    scratch: str = "trials",
) -> Plan:
    """Write the lock of the suite's cases into the folder and return the plan of running them.

    Raises:
        OutputError: the lock cannot be written.
    """
    locked = lock(suite, tuple(cases), folder)
    write_lock(locked, folder / "suite.lock.yaml")
    by_id = {str(entry["name"]): entry for entry in locked["cases"]}
    return Plan(
        engines=engines,
        build_timeout_s=build_timeout_s,
        scratch=folder / scratch,
        reproduce=lambda case: reproduce_words(case.id),
        settings=lambda case: dict(by_id[case.id]),
        on_progress=on_progress,
    )


def write_reports(state: RunState, folder: Path) -> Result:
    """Write the run's reports, seal its folder and return its result.

    Folders of trials stay where a failed one left its log.

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
    seal(folder)
    return result


def leave_if_stopped(state: RunState) -> None:
    """Leave with the signal's exit code if the run was stopped by one."""
    if state.stop is not None:
        sys.exit(INTERRUPTED[signal.SIGTERM if isinstance(state.stop, Terminated) else signal.SIGINT])
