"""The fleet of a run: `--fleet` and `--fleet-cores`, the suite's own `fleet:`, or what the run was begun with."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from dataclasses import replace
from typing import Any

import click

from josie_bench.bench.plan import Plan
from josie_bench.bench.run import run_cases
from josie_bench.bench.run_state import RunState
from josie_bench.cli.measuring import Runner, Work
from josie_bench.errors import UsageError
from josie_bench.terms.case import Case
from josie_bench.terms.fleet_order import FleetOrder, parse_where

FLEET = "fleet"  # under this name the journal keeps where, cores and attempts
MOST_CORES = 4096


def fleet_options(body: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of a fleet."""
    where = click.option("--fleet", metavar="WHERE", help="Share out over local:2, ray://host:10001 or auto.")
    cores = click.option(
        "--fleet-cores", type=click.IntRange(1, MOST_CORES), help="Of a worker that has no GPU, at least [default: 2]."
    )
    return where(cores(body))


def check_fleet(text: str | None) -> None:
    """Refuse a `--fleet` that is none, before anything is written.

    Raises:
        UsageError: it is.
    """
    if text is None:
        return
    try:
        parse_where(text)
    except ValueError as error:
        raise UsageError(f"--fleet {error}") from error


def sharing_out(work: Work, text: str | None, cores: int | None) -> Work:
    """Return the work with its fleet noted: that of the command line, of the run gone on with, or of the suite."""
    order = _order_of(work) or work.suite.fleet
    if text is not None:
        where, count = parse_where(text)
        order = replace(order or FleetOrder(where=where), where=where, count=count)
    if order is None:
        if cores is not None:
            raise UsageError("--fleet-cores says how the workers of a fleet are cut: give --fleet too")
        return work
    number = "" if order.count is None else str(order.count)
    words = [
        order.where,
        number,
        str(cores or order.cores),
        str(order.attempts),
    ]  # as the journal gives them back
    return replace(work, run=replace(work.run, asked=dict(work.run.asked) | {FLEET: words}))


def runner_of(work: Work) -> Runner:
    """Return what runs the cases: this process, or the fleet that is noted."""
    order = _order_of(work)
    if order is None:
        return run_cases

    def run_them(state: RunState, cases: Sequence[Case], plan: Plan) -> None:
        from josie_bench.fleet.opening import open_fleet
        from josie_bench.fleet.run import FleetPlan, run_on_fleet

        fleet_plan = FleetPlan(
            open=lambda: open_fleet(order, cases),
            folder=work.run.path,
            store=work.order.output / "calibration",
            attempts=order.attempts,
        )
        with redirect_stdout(sys.stderr):  # there Ray says what its machines complain of: ours is the result alone
            run_on_fleet(state, cases, plan, fleet_plan)

    return run_them


def _order_of(work: Work) -> FleetOrder | None:
    """Return the fleet that is noted of a run."""
    if FLEET not in work.run.asked:
        return None
    where, count, cores, attempts = work.run.asked[FLEET]
    return FleetOrder(where=where, count=int(count) if count else None, cores=int(cores), attempts=int(attempts))
