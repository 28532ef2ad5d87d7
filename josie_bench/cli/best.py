"""`josie-bench best`: measure engines in mixed rounds and say which to take."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from josie_bench.bench.best import Candidate, choose_parts, closed_loop_candidates, mixed_engines, ranked
from josie_bench.bench.engine_comparison import compare
from josie_bench.bench.resume import OpenRun
from josie_bench.bench.run import run_cases
from josie_bench.bench.run_state import RunState
from josie_bench.cli.best_words import (
    candidate_lines,
    deadline_words,
    final_lines,
    part_lines,
    precision_lines,
    yaml_lines,
)
from josie_bench.cli.choices import case_option, optional_suite_argument, set_option
from josie_bench.cli.options import build_timeout_option, duration_s, engines_option
from josie_bench.cli.progress import LiveProgress
from josie_bench.cli.run_folder import (
    leave_if_stopped,
    locked_plan,
    open_run,
    other_host_option,
    output_option,
    resumable,
    resume_option,
    write_reports,
)
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

    run: OpenRun
    suite: Suite
    candidates: Sequence[Case]
    engines: Path
    build_timeout_s: float

    @property
    def state(self) -> RunState:
        """What was measured so far."""
        return self.run.state

    def measure(self, finals: Sequence[Case] = ()) -> list[Candidate]:
        """Run the candidates, or the finals if there are any; return those measured to their end, the best first."""
        progress = LiveProgress(is_shown=True, as_json=False)
        plan = locked_plan(
            self.run.path,
            self.suite,
            [*self.candidates, *finals],
            engines=self.engines,
            build_timeout_s=self.build_timeout_s,
            on_progress=progress,
            run=self.run,
        )
        if not finals:
            self.run.start(self.candidates)
        cases = finals or self.candidates
        with progress:
            run_cases(self.state, cases, plan)
        return ranked(cases, self.state.case_results)


@click.command("best")
@optional_suite_argument
@set_option
@case_option
@engines_option
@build_timeout_option
@output_option
@resume_option
@other_host_option
def command(
    suite: str | None,
    overrides: tuple[str, ...],
    wanted: tuple[str, ...],
    *,
    engines: Path,
    build_timeout: str,
    output: Path,
    resume: Path | None,
    allow_other_host: bool,
) -> None:
    """Measure the closed-loop cases of SUITE, which differ in their engines, and say which engines to take.

    First in mixed rounds as they are; then the mix of each component's quickest engine beside the best of them. Needs
    6 rounds. With --resume, what has ended in the run's folder is not measured again.

    Exit codes: 0 chosen, 2 wrong usage or suite, 3 nothing could be measured, 130 or 143 interrupted.
    """
    build_timeout_s = duration_s("--build-timeout", build_timeout)
    run, loaded, candidates = open_run(
        "best", suite, (overrides, wanted), output, resume, is_any_host=allow_other_host, choose=closed_loop_candidates
    )
    stages = _Stages(run=run, suite=loaded, candidates=candidates, engines=engines, build_timeout_s=build_timeout_s)
    with resumable(run):
        chosen = _measure(stages)
        write_reports(run.state, run.path, run)
    if chosen is not None:
        _say(["", deadline_words(chosen), "", *yaml_lines(chosen.case.engines), ""])
        _say(precision_lines(chosen.case.engines))
    _say(f"{result.id}: {result.status}: {result.reason}" for result in run.state.case_results if result.reason)
    click.echo(str(run.path))
    leave_if_stopped(run.state)
    sys.exit(NOT_MEASURED if chosen is None else 0)


def _measure(stages: _Stages) -> Candidate | None:
    """Run both stages and return what to take; None if that cannot be said or the run was stopped."""
    try:
        found = stages.measure()
        return _choose(stages, found) if found and stages.state.stop is None else None
    except KeyboardInterrupt as interrupt:  # between the stages
        stages.state.stop = interrupt
        return None


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
