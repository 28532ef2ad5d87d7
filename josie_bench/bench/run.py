"""A suite's cases to a result, one after the other or in mixed rounds, and what cases say of each other."""

from __future__ import annotations

from collections.abc import Sequence

from josie_bench.bench.case_run import CaseRun, begin_case, finish_case, prepare, run_trial
from josie_bench.bench.contrasts import contrasts_of, curves_of, learning_of
from josie_bench.bench.engine_comparison import compare_engines
from josie_bench.bench.plan import Plan
from josie_bench.bench.rounds import interleaved
from josie_bench.bench.run_state import RunState
from josie_bench.bench.search import search
from josie_bench.bench.severities import severities_of
from josie_bench.terms.case import Case
from josie_bench.terms.result import CaseResult


def run_cases(state: RunState, cases: Sequence[Case], plan: Plan) -> None:
    """Run the cases and fill `state`; after an interrupt the remaining ones are noted as not run.

    Trials that the plan's journal has are not run again.
    Cases of one trial run in order. Then the rounds of all others are mixed, their engines being built before.

    Raises:
        OutputError: the engine store, the scratch folder or the journal cannot be written.
    """
    begun = len(state.case_results)
    places: dict[str, tuple[int, int]] = {case.id: (place, 0) for place, case in enumerate(cases)}
    runs = [begin_case(index, case, len(cases), plan) for index, case in enumerate(cases)]
    try:
        _measure(state, runs, plan, places)
    except KeyboardInterrupt as interrupt:  # between two trials: one that comes within a trial is part of its outcome
        state.stop = interrupt
    finished = {result.id for result in state.case_results[begun:]}
    for run in runs:
        if run.case.id not in finished:
            finish_case(state, run, plan)
    state.case_results[begun:] = sorted(state.case_results[begun:], key=lambda result: places[result.id])
    compare_cases(state, cases, state.case_results[begun:])


def compare_cases(state: RunState, cases: Sequence[Case], results: Sequence[CaseResult]) -> None:
    """Add to `state` what cases say of each other, from their results and the items that were judged in them."""
    state.comparisons += compare_engines(cases, results)
    trained = {result.id for result in results if result.is_trained}
    curves = curves_of([case for case in cases if case.id in trained])
    state.contrasts += contrasts_of([case for case in cases if case.id in trained], state.judged, curves)
    state.learning += learning_of(state.contrasts, curves)
    fine = {result.id for result in results if result.status == "OK"}
    state.severities += severities_of([case for case in cases if case.id in fine], state.judged)


def _measure(state: RunState, runs: Sequence[CaseRun], plan: Plan, places: dict[str, tuple[int, int]]) -> None:
    """Run the trials of all cases, and finish those of one trial and those that look for the most sessions."""
    for run in (run for run in runs if run.case.rounds == 1 and run.case.capacity is None):
        prepare(state, run, plan)
        run_trial(state, run, 0, plan)
        finish_case(state, run, plan)
    mixed = [run for run in runs if run.case.rounds > 1]
    for run in mixed:
        prepare(state, run, plan)
    seed = mixed[0].case.seed if mixed else 0
    for index, place in interleaved([run.case.rounds for run in mixed], seed):
        run_trial(state, mixed[place], index, plan)
    search(state, [run for run in runs if run.case.capacity is not None], plan, places)
