"""`josie-bench best`: measure engines in mixed rounds and say which to take."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from josie_bench.bench.best import Candidate, choose_parts, closed_loop_candidates, mixed_engines, ranked
from josie_bench.bench.engine_comparison import compare
from josie_bench.bench.run import RunState, new_run, run_cases
from josie_bench.cli.best_words import (
    candidate_lines,
    deadline_words,
    final_lines,
    part_lines,
    precision_lines,
    yaml_lines,
)
from josie_bench.cli.choices import case_option, read_cases, set_option, suite_argument
from josie_bench.cli.options import build_timeout_option, duration_s, engines_option
from josie_bench.cli.progress import LiveProgress
from josie_bench.cli.run_folder import leave_if_stopped, locked_plan, make_folder, output_option, write_reports
from josie_bench.suites.identity import on_engines
from josie_bench.suites.load import Suite
from josie_bench.terms.case import Case
from josie_bench.terms.engine_choice import EngineChoice

NOT_MEASURED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stages:
    """A run that measures first the candidates and then the mix of them.

    Attributes:
        candidates: all of them, whether they can be measured or not.
    """

    state: RunState
    folder: Path
    suite: Suite
    candidates: Sequence[Case]
    engines: Path
    build_timeout_s: float

    def measure(self, finals: Sequence[Case] = ()) -> list[Candidate]:
        """Run the candidates, or the finals if there are any; return those measured to their end, the best first."""
        progress = LiveProgress(is_shown=True, as_json=False)
        plan = locked_plan(
            self.folder,
            self.suite,
            [*self.candidates, *finals],
            engines=self.engines,
            build_timeout_s=self.build_timeout_s,
            on_progress=progress,
            scratch="trials-final" if finals else "trials",
        )
        cases = finals or self.candidates
        with progress:
            run_cases(self.state, cases, plan)
        return ranked(cases, self.state.case_results)


@click.command("best")
@suite_argument
@set_option
@case_option
@engines_option
@build_timeout_option
@output_option
def command(
    suite: str, overrides: tuple[str, ...], wanted: tuple[str, ...], *, engines: Path, build_timeout: str, output: Path
) -> None:
    """Measure the closed-loop cases of SUITE, which differ in their engines, and say which engines to take.

    First in mixed rounds as they are; then the mix of each component's quickest engine beside the best of them. Needs
    6 rounds. Exit codes: 0 chosen, 2 wrong usage or suite, 3 nothing could be measured, 130 or 143 interrupted.
    """
    build_timeout_s = duration_s("--build-timeout", build_timeout)
    loaded, cases = read_cases(suite, overrides, wanted)
    candidates = closed_loop_candidates(cases)
    state = new_run(loaded.name, loaded.sha256)
    folder = make_folder(output / loaded.name / state.id)
    stages = _Stages(
        state=state,
        folder=folder,
        suite=loaded,
        candidates=candidates,
        engines=engines,
        build_timeout_s=build_timeout_s,
    )
    chosen = None
    try:
        found = stages.measure()
        chosen = _choose(stages, found) if found and state.stop is None else None
    except KeyboardInterrupt as interrupt:  # between the stages
        state.stop = interrupt
    write_reports(state, folder)
    if chosen is not None:
        _say(["", deadline_words(chosen), "", *yaml_lines(chosen.case.engines), ""])
        _say(precision_lines(chosen.case.engines))
    _say(f"{result.id}: {result.status}: {result.reason}" for result in state.case_results if result.reason)
    click.echo(str(folder))
    leave_if_stopped(state)
    sys.exit(NOT_MEASURED if chosen is None else 0)


def _choose(stages: _Stages, found: Sequence[Candidate]) -> Candidate | None:
    """Say how the candidates did, measure the mix of them if there is one, and return what to take."""
    best, *others = found
    _say(candidate_lines(found))
    choices = choose_parts(found)
    _say(["", *part_lines(choices), ""])
    if others and not stages.state.comparisons:
        stages.state.comparisons.append(compare(best.case, best.result, [other.result for other in others]))
    engines = mixed_engines(best.case.engines, choices)
    if engines == best.case.engines:
        _say([f"No component gains by another engine: {best.case.id} stays as it is"])
        return best
    return _measure_mix(stages, best, engines)


def _measure_mix(stages: _Stages, best: Candidate, engines: EngineChoice) -> Candidate | None:
    """Return the better of the mix and the best candidate, both measured again; None if the run was stopped."""
    name = "final"
    while any(case.id.startswith(f"{name}/") for case in stages.candidates):
        name += "-final"
    finals = [on_engines(best.case, choice, name) for choice in (engines, best.case.engines)]
    by_id = {candidate.case.id: candidate for candidate in stages.measure(finals)}
    if stages.state.stop is not None:
        return None
    mix, same = (by_id.get(case.id) for case in finals)
    if mix is None or same is None:
        _say(["The mix or the best candidate could not be measured again: the best candidate stays"])
        return best
    if all(comparison.base != same.case.id for comparison in stages.state.comparisons):
        stages.state.comparisons.append(compare(same.case, same.result, [mix.result]))
    _say(final_lines(same, mix))
    return min((same, mix), key=lambda candidate: candidate.bound_ms)


def _say(lines: Iterable[str]) -> None:
    for line in lines:
        click.echo(line)
