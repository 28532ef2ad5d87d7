"""`josie-bench best`: measure engines in mixed rounds and say which to take."""

from __future__ import annotations

from collections.abc import Sequence

import click

from josie_bench.bench.best import Candidate, choose_parts, closed_loop_candidates, mixed_engines, ranked
from josie_bench.bench.engine_comparison import compare, shared_calibration, shared_options
from josie_bench.cli.best_words import (
    candidate_lines,
    choice_lines,
    deadline_words,
    final_lines,
    part_lines,
)
from josie_bench.cli.choices import read_cases
from josie_bench.cli.measuring import Order, Work, measuring, open_work
from josie_bench.cli.run_folder import end_run, resumable, write_reports
from josie_bench.cli.staging import leave_choice, run_stage, say, spare_name
from josie_bench.suites.identity import on_engines
from josie_bench.suites.load import Suite
from josie_bench.terms.case import Case
from josie_bench.terms.engine_choice import EngineChoice

NOT_MEASURED = 3


@click.command("best")
@measuring
def command(order: Order) -> None:
    """Measure the closed-loop cases of SUITE, which differ in their engines, and say which engines to take.

    First in mixed rounds as they are; then the mix of each component's quickest engine beside the best of them. Needs
    6 rounds. With --resume, what has ended in the run's folder is not measured again.

    Exit codes: 0 chosen, 2 wrong usage or suite, 3 nothing could be measured, 130 or 143 interrupted.
    """
    work = open_work("best", order, _read_candidates)
    run = work.run
    with resumable(run):
        chosen = _measure(work)
        end_run(run, write_reports(run))
    leave_choice(run, () if chosen is None else ["", deadline_words(chosen), *choice_lines(chosen.case.engines)])


def _read_candidates(suite: str, overrides: tuple[str, ...], wanted: tuple[str, ...]) -> tuple[Suite, Sequence[Case]]:
    loaded, cases = read_cases(suite, overrides, wanted)
    return loaded, closed_loop_candidates(cases)


def _measure(work: Work) -> Candidate | None:
    """Run both stages and return what to take; None if that cannot be said or the run was stopped."""
    try:
        found = _stage(work)
        return _choose(work, found) if found and work.run.state.stop is None else None
    except KeyboardInterrupt as interrupt:  # between the stages
        work.run.state.stop = interrupt
        return None


def _stage(work: Work, finals: Sequence[Case] = ()) -> list[Candidate]:
    """Run the candidates, or the finals if there are any; return those measured to their end, the best first."""
    return ranked(finals or work.cases, run_stage(work, finals))


def _choose(work: Work, found: Sequence[Candidate]) -> Candidate | None:
    """Say how the candidates did, measure the mix of them if there is one, and return what to take."""
    best, *others = found
    say(candidate_lines(found))
    choices = choose_parts(found)
    say(["", *part_lines(choices), ""])
    if others and not work.run.state.comparisons:
        work.run.state.comparisons.append(compare(best.case, best.result, [other.result for other in others]))
    chosen = {choice.component: choice.engine for choice in choices}
    engines = mixed_engines(best.case.engines, chosen, shared_options(work.cases), shared_calibration(work.cases))
    if engines == best.case.engines:
        say([f"No component gains by another engine: {best.case.id} stays as it is"])
        return best
    return _measure_mix(work, best, engines)


def _measure_mix(work: Work, best: Candidate, engines: EngineChoice) -> Candidate | None:
    """Return the better of the mix and the best candidate, both measured again; None if the run was stopped."""
    name = spare_name("final", work.cases)
    finals = [on_engines(best.case, choice, name) for choice in (engines, best.case.engines)]
    by_id = {candidate.case.id: candidate for candidate in _stage(work, finals)}
    if work.run.state.stop is not None:
        return None
    mix, same = (by_id.get(case.id) for case in finals)
    if mix is None or same is None:
        say(["The mix or the best candidate could not be measured again: the best candidate stays"])
        return best
    if all(comparison.base != same.case.id for comparison in work.run.state.comparisons):
        work.run.state.comparisons.append(compare(same.case, same.result, [mix.result]))
    say(final_lines(same, mix))
    return min((same, mix), key=lambda candidate: candidate.bound_ms)
