"""Searches for the most sessions, side by side: which level is tried next, and what the search found in the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from josie_bench.bench.capacity import Ended, capacity_of, distrust, least_verdict, level_case, probe_of, turn_of
from josie_bench.bench.case_result import blank
from josie_bench.bench.case_run import CaseRun, begin_case, finish_case, prepare, run_trial
from josie_bench.bench.plan import Plan
from josie_bench.bench.room import room_here
from josie_bench.bench.run_state import RunState
from josie_bench.bench.supervise import TrialOutcome
from josie_bench.terms.capacity import TOO_MANY, Probe


@dataclass(slots=True, kw_only=True)
class _Hunt:
    """A search for the most sessions under way: its levels, each a case of its own, and what their trials said."""

    run: CaseRun
    levels: dict[int, CaseRun] = field(default_factory=dict)
    probes: list[Probe] = field(default_factory=list)
    ended: Ended | None = None

    @property
    def wanted(self) -> int | None:
        """How many sessions to try next; None where it is over."""
        return None if self.ended is not None else turn_of(self.run.case, self.probes).sessions


def search(state: RunState, runs: Sequence[CaseRun], plan: Plan, places: dict[str, tuple[int, int]]) -> None:
    """Run all searches side by side, a trial of each in turn, so that what changes meanwhile is in all of them.

    Args:
        state: of the run; levels and answers are added to it.
        runs: cases that each look for the most sessions.
        plan: how they are run.
        places: by case where its result stands; levels get theirs, with the case that they belong to.
    """
    hunts = [_Hunt(run=run) for run in runs]
    try:
        while state.stop is None and (going_on := [hunt for hunt in hunts if hunt.wanted is not None]):
            for hunt in going_on:
                _probe(state, hunt, plan)
    except KeyboardInterrupt as interrupt:  # between two trials: the levels that were measured are kept
        state.stop = interrupt
    for hunt in hunts:
        place = places[hunt.run.case.id][0]
        places |= {level.case.id: (place, sessions) for sessions, level in hunt.levels.items()}
        _finish_search(state, hunt, plan)


def _probe(state: RunState, hunt: _Hunt, plan: Plan) -> None:
    """Run the trial that the search needs next, unless an earlier process has, and note what it says."""
    case, sessions = hunt.run.case, hunt.wanted
    assert sessions is not None
    assert case.capacity is not None
    level = hunt.levels.get(sessions)
    if level is None:
        level = hunt.levels[sessions] = begin_case(hunt.run.index, level_case(case, sessions), hunt.run.count, plan)
        level.of = case
    nth = sum(probe.sessions == sessions for probe in hunt.probes)
    prepare(state, level, plan)
    run_trial(state, level, nth, plan)
    hunt.run.used = hunt.run.used or level.used
    found = next((round_ for round_ in level.rounds if round_.index == nth), None)
    if level.unmade is not None and hunt.probes and level.unmade.status == "SKIPPED":
        hunt.probes.append(Probe(sessions=sessions, verdict=TOO_MANY))  # fewer could be run: its states are too large
    elif level.unmade is not None:
        hunt.ended = Ended(status=level.unmade.status, reason=level.unmade.reason)
    elif found is not None:
        said = probe_of(found, sessions, case.capacity)
        hunt.ended = said if isinstance(said, Ended) else None
        hunt.probes += [] if isinstance(said, Ended) else [said]
    elif state.stop is None:  # nothing new is known, and would not be the next time: the search must not ask for ever
        hunt.ended = Ended(status="ERROR", reason=f"{level.case.id}: its trial {nth + 1} was needed and not run")


def _finish_search(state: RunState, hunt: _Hunt, plan: Plan) -> None:
    """Score the levels, and add what was found to the state."""
    case, results, recordings = hunt.run.case, {}, {}
    for sessions, level in sorted(hunt.levels.items()):
        if level.rounds or level.unmade is not None:
            finish_case(state, level, plan)
            results[sessions] = state.case_results[-1]
            if level.case.id in state.recordings:
                recordings[sessions] = state.recordings[level.case.id]
    ended = hunt.ended or distrust(turn_of(case, hunt.probes), results)
    if hunt.wanted is not None:
        ended = Ended(status="INTERRUPTED", reason="stopped before it was settled")
    capacity = capacity_of(case, hunt.probes, results, recordings, room=room_here(), ended=ended)
    ended = ended or Ended(status="OK", reason=None)
    outcome = TrialOutcome(status=ended.status, reason=ended.reason, recording=None)
    result = blank(case, outcome, hunt.run.used, settings=plan.settings(case), reproduce=plan.reproduce(case))
    state.case_results.append(replace(result, capacity=capacity, budgets=least_verdict(case, capacity)))
    if ended.status != "INTERRUPTED":
        plan.kept.keep_case(case, state.case_results[-1])
    hunt.run.tell("done", text=capacity.stop_reason or ended.status)
