"""`josie-bench narrow`: hold narrower engines against the reference and say how narrow each component may be."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import click

from josie_bench.bench.best import mixed_engines
from josie_bench.bench.narrowing import PartWidth, compared_candidates, loss_of, narrowest
from josie_bench.bench.run import run_cases
from josie_bench.cli.best_words import yaml_lines
from josie_bench.cli.choices import read_cases
from josie_bench.cli.measuring import Order, Work, measuring, open_work, plan_of
from josie_bench.cli.progress import LiveProgress
from josie_bench.cli.run_folder import end_run, leave_stopped, resumable, write_reports
from josie_bench.suites.identity import on_engines
from josie_bench.suites.load import Suite
from josie_bench.terms.case import Case
from josie_bench.terms.engine_choice import EngineChoice
from josie_bench.terms.result import CaseResult
from josie_bench.terms.timebase import mib_from_bytes

NOT_MEASURED = 3
WHOLE = "the mix"


@click.command("narrow")
@click.option(
    "--loss",
    type=click.FloatRange(0.0, 1.0),
    metavar="SHARE",
    help="What each component may lose: a share of its codes, or of the norm of its numbers.  [default: 0.01]",
)
@measuring
def command(order: Order, *, loss: float | None) -> None:
    """Hold the parity cases of SUITE, which differ in their engines, against the reference; say how narrow to go.

    Each component gets the engine of fewest bytes that loses at most --loss; then the mix of them is held against the
    reference too. The first case is what the others save against.

    Exit codes: 0 chosen, 2 wrong usage or suite, 3 nothing could be compared, 130 or 143 interrupted.
    """
    work = open_work("narrow", order, _read_candidates, {} if loss is None else {"loss": (repr(loss),)})
    run = work.run
    most = float(run.asked.get("loss", ("0.01",))[0])
    with resumable(run):
        engines = _choose(work, most)
        end_run(run, write_reports(run))
    if engines is not None:
        _say(["", *yaml_lines(engines), ""])
    _say(f"{result.id}: {result.status}: {result.reason}" for result in run.state.case_results if result.reason)
    click.echo(str(run.path))
    if run.state.stop is not None:
        leave_stopped(run)
    sys.exit(NOT_MEASURED if engines is None else 0)


def _read_candidates(suite: str, overrides: tuple[str, ...], wanted: tuple[str, ...]) -> tuple[Suite, Sequence[Case]]:
    loaded, cases = read_cases(suite, overrides, wanted)
    return loaded, compared_candidates(cases)


def _choose(work: Work, most: float) -> EngineChoice | None:
    """Return what to take; None if nothing was compared or the run was stopped."""
    first = work.cases[0]
    try:
        parts = narrowest(work.cases, _compared(work), most)
        if not parts or _is_stopped(work):
            return None
        _say([f"What each component may be where it may lose {most:.2%}", *part_lines(parts, most), ""])
        _say(sum_lines(parts))
        engines = mixed_engines(first.engines, parts)
        if engines != first.engines and engines not in [case.engines for case in work.cases]:
            mix = on_engines(first, engines, "mix")
            _say(mix_lines(next((result for result in _compared(work, mix) if result.id == mix.id), None), parts))
    except KeyboardInterrupt as interrupt:  # between two stages
        work.run.state.stop = interrupt
        return None
    return None if _is_stopped(work) else engines


def _is_stopped(work: Work) -> bool:
    return work.run.state.stop is not None


def _compared(work: Work, *more: Case) -> Sequence[CaseResult]:
    """Compare the candidates, or the further cases, and return what is known of all."""
    progress = LiveProgress(is_shown=True, as_json=False)
    plan = plan_of(replace(work, cases=[*work.cases, *more]), progress)
    if not more:
        work.run.start(work.cases)
    with progress:
        run_cases(work.run.state, more or work.cases, plan)
    return work.run.state.case_results


def part_lines(parts: Sequence[PartWidth], most: float) -> Iterator[str]:
    """Yield what each component's engines hold and lose, and which is taken."""
    for part in parts:
        yield f"  {part.component}"
        for width in part.widths:
            lost = "not compared" if width.loss is None else f"loses {width.loss:.3%}"
            taken = "  ←" if width.engine == part.engine else "  too much" if (width.loss or 0.0) > most else ""
            yield f"    {'-'.join(width.engine):24} {mib_from_bytes(width.byte_count):8.2f} MiB  {lost}{taken}"


def sum_lines(parts: Sequence[PartWidth]) -> Iterator[str]:
    """Yield what is saved of weights and state, by the memory model."""
    wide = sum(part.byte_count(part.widest) for part in parts)
    narrow = sum(part.byte_count(part.engine) for part in parts)
    yield (
        f"weights and state: {mib_from_bytes(narrow):.2f} MiB of {mib_from_bytes(wide):.2f} MiB, "
        f"{1.0 - narrow / wide:.1%} less"
    )


def mix_lines(result: CaseResult | None, parts: Sequence[PartWidth]) -> Iterator[str]:
    """Yield what the mix loses, component by component: each is fed by the reference, as it was alone."""
    if result is None or result.status != "OK":
        yield f"{WHOLE} could not be compared"
        return
    losses = {part.component: loss_of(result, part.component) for part in parts}
    told = ", ".join(f"{name} {'n/a' if loss is None else f'{loss:.3%}'}" for name, loss in losses.items())
    yield f"{WHOLE} loses: {told}"


def _say(lines: Iterable[str]) -> None:
    for line in lines:
        click.echo(line)
