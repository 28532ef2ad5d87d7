"""What every command that measures a suite takes and does: its options, the run in its folder, cases to reports."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import click
from click.core import ParameterSource

from josie_bench.bench.plan import Plan, Progress
from josie_bench.bench.resume import LOCK, TRIALS, Asked, OpenRun, begin_run, take_up_run
from josie_bench.bench.run import run_cases
from josie_bench.bench.run_state import RunState, new_run
from josie_bench.cli import leave_unread
from josie_bench.cli.building import OPTIONS as BUILD_OPTIONS
from josie_bench.cli.choices import ChoosingOption, optional_suite_argument, read_cases
from josie_bench.cli.options import duration_s, output_option
from josie_bench.cli.progress import LiveProgress
from josie_bench.cli.run_folder import lock_cases, make_folder, write_reports
from josie_bench.errors import UsageError
from josie_bench.evidence.reproduce import reproduce_words
from josie_bench.suites.load import Suite
from josie_bench.terms.case import Case
from josie_bench.terms.result import Result

OPTIONS = (
    optional_suite_argument,
    *BUILD_OPTIONS,
    output_option("reports", "Where runs go."),
    click.option(
        "--resume",
        type=click.Path(path_type=Path),
        metavar="FOLDER",
        help="Go on with the run in FOLDER: what has ended there is not measured again.",
    ),
    click.option(
        "--allow-other-host", is_flag=True, help="With --resume: also if the run was begun on another machine."
    ),
)
Runner = Callable[[RunState, Sequence[Case], Plan], None]
Reader = Callable[[str, tuple[str, ...], tuple[str, ...]], tuple[Suite, Sequence[Case]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What the command line asks of every command that measures.

    Attributes:
        suite: its name or file; None for the one that the run's folder holds.
        overrides: settings of its cases.
        wanted: ids of the cases that are chosen; empty for all.
        engines: the store.
        build_timeout_s: the most that one engine may take.
        output: where new runs go.
        resume: the folder of a run that was begun; None to begin one.
        is_any_host: whether it may have been begun on another machine.
        held: what the GPU is held at, by fact of the host.
    """

    suite: str | None
    overrides: tuple[str, ...]
    wanted: tuple[str, ...]
    engines: Path
    build_timeout_s: float
    output: Path
    resume: Path | None
    is_any_host: bool
    held: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """A run that is open, and what is measured in it.

    Attributes:
        cases: of the suite, in order.
    """

    run: OpenRun
    suite: Suite
    cases: Sequence[Case]
    order: Order


def measuring(body: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of all that measure a suite; it gets them as its first argument, an `Order`."""

    @functools.wraps(body)
    def command(
        *,
        suite: str | None,
        overrides: tuple[str, ...],
        wanted: tuple[str, ...],
        engines: Path,
        build_timeout: str,
        output: Path,
        resume: Path | None,
        allow_other_host: bool,
        **own: Any,
    ) -> None:
        order = Order(
            suite=suite,
            overrides=overrides,
            wanted=wanted,
            engines=engines,
            build_timeout_s=duration_s("--build-timeout", build_timeout),
            output=output,
            resume=resume,
            is_any_host=allow_other_host,
        )
        body(order, **own)

    for option in reversed(OPTIONS):
        option(command)
    return command


def open_work(command: str, order: Order, read: Reader = read_cases, asked: Asked | None = None) -> Work:
    """Begin a run in a new folder, or take up the one that is to be gone on with.

    Args:
        command: the subcommand that does it.
        order: what was asked.
        read: gives the cases of a suite with overrides, of which some are wanted.
        asked: what else that was, to be asked again by a process that goes on without the suite.

    Raises:
        UsageError: the suite may not be what it is, or the run cannot be taken up.
        OutputError: the folder cannot be written.
    """
    if order.resume is not None:
        return _take_up(command, order, order.resume, read, asked or {})
    if order.suite is None:
        raise click.UsageError("Missing argument 'SUITE'.", click.get_current_context())
    suite, cases = read(order.suite, order.overrides, order.wanted)
    state = new_run(suite.name, suite.sha256, order.held)
    run = begin_run(state, make_folder(order.output / suite.name / state.id), command, asked or {})
    return Work(run=run, suite=suite, cases=cases, order=order)


def _take_up(command: str, order: Order, folder: Path, read: Reader, asked: Asked) -> Work:
    if order.suite is None:
        _refuse_choices(click.get_current_context())
    run = take_up_run(folder, command, is_any_host=order.is_any_host, held=order.held)
    if order.suite is None:
        suite, locked = read_cases(str(folder / LOCK), ())
        again = dict(run.asked) | {name: words for name, words in asked.items() if words}
        return Work(run=replace(run, asked=again), suite=suite, cases=_begun_with(run, locked), order=order)
    suite, cases = read(order.suite, order.overrides, order.wanted)
    run.state.suite, run.state.suite_sha256 = suite.name, suite.sha256
    return Work(run=replace(run, asked=asked), suite=suite, cases=cases, order=order)


def _refuse_choices(context: click.Context) -> None:
    """Raise that there is no suite to choose from, if an option chooses."""
    choosing = [option for option in context.command.params if isinstance(option, ChoosingOption)]
    if any(context.get_parameter_source(str(option.name)) is ParameterSource.COMMANDLINE for option in choosing):
        *first, last = (option.opts[0] for option in choosing)
        raise click.UsageError(f"{', '.join(first)} and {last} choose from a SUITE: give it too.", context)


def _begun_with(run: OpenRun, locked: Sequence[Case]) -> list[Case]:
    """Return those of the locked cases that the run was begun with."""
    cases = [case for case in locked if case.id in run.begun_with]
    if len(cases) < len(run.begun_with):
        raise UsageError(f"{run.path}: {LOCK} lacks cases that the run was begun with: give the SUITE too")
    return cases


def measure(work: Work, progress: LiveProgress, run_them: Runner = run_cases) -> Result:
    """Measure what the run has not measured yet, write its reports, and return its result.

    Args:
        work: what is to be measured.
        progress: told how it goes.
        run_them: runs the cases: in this process one after the other, or over a fleet.

    Raises:
        OutputError: something cannot be written; what has ended is kept.
    """
    plan = plan_of(work, progress)
    work.run.start(work.cases)
    with progress:
        run_them(work.run.state, work.cases, plan)
    return write_reports(work.run)


def plan_of(work: Work, progress: LiveProgress) -> Plan:
    """Write the lock of the cases into the run's folder and return the plan of running them.

    Raises:
        OutputError: the lock cannot be written.
    """
    return Plan(
        engines=work.order.engines,
        build_timeout_s=work.order.build_timeout_s,
        scratch=work.run.path / TRIALS,
        reproduce=lambda case: reproduce_words(case.id),
        settings=lock_cases(work.run, work.suite, work.cases),
        on_progress=partial(_tell, progress),
        journal=work.run.journal,
    )


def _tell(progress: LiveProgress, said: Progress) -> None:
    """Tell how the run goes; that nobody reads it any more does not end what is measured, which is in files."""
    try:
        progress(said)
    except (BrokenPipeError, SystemExit) as error:
        leave_unread(error)
