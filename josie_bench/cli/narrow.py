"""`josie-bench narrow`: hold narrower engines against the reference and say how narrow each component may be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import click

from josie_bench.bench.best import mixed_engines
from josie_bench.bench.engine_comparison import shared_calibration, shared_options
from josie_bench.bench.narrowing import PartWidth, compared_candidates, loss_of, narrowest
from josie_bench.cli.best_words import choice_lines
from josie_bench.cli.choices import read_cases
from josie_bench.cli.measuring import Order, Work, measuring, open_work
from josie_bench.cli.options import FiniteRange
from josie_bench.cli.run_folder import end_run, resumable, write_reports
from josie_bench.cli.staging import leave_choice, run_stage, say, spare_name
from josie_bench.suites.identity import on_engines
from josie_bench.suites.load import Suite
from josie_bench.terms.case import Case
from josie_bench.terms.engine_choice import EngineChoice
from josie_bench.terms.result import CaseResult
from josie_bench.terms.timebase import mib_from_bytes


@click.command("narrow")
@click.option(
    "--loss",
    type=FiniteRange(0.0, 1.0),
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
    leave_choice(run, () if engines is None else choice_lines(engines))


def _read_candidates(suite: str, overrides: tuple[str, ...], wanted: tuple[str, ...]) -> tuple[Suite, Sequence[Case]]:
    loaded, cases = read_cases(suite, overrides, wanted)
    return loaded, compared_candidates(cases)


def _choose(work: Work, most: float) -> EngineChoice | None:
    """Return what to take; None if nothing was compared or the run was stopped."""
    try:
        parts = narrowest(work.cases, run_stage(work), most)
        if not parts or work.run.state.stop is not None:
            return None
        say([f"What each component may be where it may lose {most:.2%}", *part_lines(parts, most), ""])
        say(sum_lines(parts))
        return _with_the_mix(work, parts)
    except KeyboardInterrupt as interrupt:  # between two stages
        work.run.state.stop = interrupt
        return None


def _with_the_mix(work: Work, parts: Sequence[PartWidth]) -> EngineChoice | None:
    """Compare the mix, unless it is one of the candidates, and return it; the first case's where it cannot be."""
    first = work.cases[0]
    chosen = {part.component: part.engine for part in parts}
    engines = mixed_engines(first.engines, chosen, shared_options(work.cases), shared_calibration(work.cases))
    if engines in [case.engines for case in work.cases]:
        return engines
    mix = on_engines(first, engines, spare_name("mix", work.cases))
    result = next((some for some in run_stage(work, [mix]) if some.id == mix.id), None)
    if work.run.state.stop is not None:
        return None
    say(mix_lines(result, parts))
    return engines if result is not None and result.status == "OK" else first.engines


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
        yield "the mix could not be compared: the first case stays"
        return
    losses = {part.component: loss_of(result, part.component) for part in parts}
    told = ", ".join(f"{name} {'n/a' if loss is None else f'{loss:.3%}'}" for name, loss in losses.items())
    yield f"the mix loses: {told}"
