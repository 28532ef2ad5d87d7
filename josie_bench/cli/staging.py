"""What commands that choose engines share: candidates and then finals in one run, and how they are left."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NoReturn

import click

from josie_bench.bench.resume import OpenRun
from josie_bench.bench.run import run_cases
from josie_bench.cli.measuring import Work, plan_of
from josie_bench.cli.progress import LiveProgress
from josie_bench.cli.run_folder import leave_stopped
from josie_bench.terms.case import Case
from josie_bench.terms.result import CaseResult

NOT_MEASURED = 3


def run_stage(work: Work, finals: Sequence[Case] = ()) -> Sequence[CaseResult]:
    """Run the candidates, or the finals if there are any; return what is known of all.

    Raises:
        OutputError: something cannot be written; what has ended is kept.
    """
    progress = LiveProgress(is_shown=True, as_json=False)
    plan = plan_of(replace(work, cases=[*work.cases, *finals]), progress)
    if not finals:
        work.run.start(work.cases)
    with progress:
        run_cases(work.run.state, finals or work.cases, plan)
    return work.run.state.case_results


def spare_name(name: str, cases: Sequence[Case]) -> str:
    """Return a name that no case bears: this one, or it again and again."""
    found = name
    while any(case.id.startswith(f"{found}/") for case in cases):
        found += f"-{name}"
    return found


def leave_choice(run: OpenRun, lines: Iterable[str]) -> NoReturn:
    """Say what was chosen, why cases failed and where the run lies, and leave; without `lines` nothing was chosen."""
    chosen = list(lines)
    say(chosen)
    say(f"{result.id}: {result.status}: {result.reason}" for result in run.state.case_results if result.reason)
    click.echo(str(run.path))
    if run.state.stop is not None:
        leave_stopped(run)
    sys.exit(0 if chosen else NOT_MEASURED)


def say(lines: Iterable[str]) -> None:
    """Print each on a line of its own."""
    for line in lines:
        click.echo(line)
