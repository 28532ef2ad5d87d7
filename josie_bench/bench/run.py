"""A suite's cases to a result, one after the other or in mixed rounds: engines, trials, scores, verdicts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from josie_bench.bench.calibration import prepare_engines
from josie_bench.bench.capacity import Ended, capacity_of, distrust, least_verdict, level_case, probe_of, turn_of
from josie_bench.bench.case_result import Engines, blank, engines_of, scored
from josie_bench.bench.contrasts import contrasts_of, curves_of, learning_of
from josie_bench.bench.engine_comparison import compare_engines
from josie_bench.bench.forecast import obstacle
from josie_bench.bench.job import Job
from josie_bench.bench.journal import Journal
from josie_bench.bench.kept import Kept
from josie_bench.bench.looking import is_due, look, stop_reason
from josie_bench.bench.rounds import Round, ends_case, interleaved, joined, round_result
from josie_bench.bench.run_state import RunState, moment
from josie_bench.bench.supervise import TrialOutcome, run_trial_apart
from josie_bench.engines.builders import BUILD_TIMEOUT_S
from josie_bench.engines.store import EngineRequest
from josie_bench.errors import EngineError, UnavailableError
from josie_bench.model.presets import find_sizes
from josie_bench.probes.memory import available_bytes
from josie_bench.statistics.looks import OPEN
from josie_bench.terms.capacity import TOO_MANY, Probe
from josie_bench.terms.case import Case
from josie_bench.terms.result import Dataset, Look


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What the run is doing: `case` is its index, `stage` one of `engines`, `trial`, `round`, `done`."""

    case: int
    cases: int
    id: str
    stage: str
    text: str = ""
    window: int = 0
    windows: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How the caller wants its cases run and written down.

    Attributes:
        engines: the engine store.
        scratch: where trials write, and their recordings stay.
        reproduce: gives the command line that runs one case alone.
        settings: gives a case as the lock file writes it.
        on_progress: told what is going on.
        build_timeout_s: the most that building one engine may take.
        journal: what has been measured already, and where to note what is measured now.
    """

    engines: Path
    scratch: Path
    reproduce: Callable[[Case], str]
    settings: Callable[[Case], dict[str, object]]
    on_progress: Callable[[Progress], None] = lambda _: None
    build_timeout_s: float = BUILD_TIMEOUT_S
    journal: Journal = field(default_factory=Journal)

    @property
    def kept(self) -> Kept:
        """What the run keeps of its cases."""
        return Kept(self.journal, self.scratch)


@dataclass(slots=True, kw_only=True)
class _Run:
    """A case under way.

    Attributes:
        unmade: why there are no engines to run it with; None where there are.
        of: the case that looks for the most sessions, of which this is a level; else None.
        rounds: its trials so far.
        looks: at its gates between them, where it may end early.
    """

    index: int
    count: int
    case: Case
    tell: Callable[..., None]
    used: Engines | None = None
    unmade: TrialOutcome | None = None
    of: Case | None = None
    rounds: list[Round] = field(default_factory=list)
    looks: list[Look] = field(default_factory=list)

    @property
    def is_over(self) -> bool:
        """Whether no further trial of it is run."""
        return self.unmade is not None or self.is_settled or self.is_full or self.has_failed

    @property
    def is_settled(self) -> bool:
        """Whether a look has shown that no further round is needed."""
        return bool(self.looks) and self.looks[-1].decision != OPEN

    @property
    def is_full(self) -> bool:
        """Whether all its trials were run."""
        return len(self.rounds) == self.case.rounds

    @property
    def has_failed(self) -> bool:
        """Whether one of its trials ended so that no other follows."""
        return any(ends_case(round_.outcome) for round_ in self.rounds)

    def has(self, index: int) -> bool:
        """Return whether the trial of this round was run."""
        return any(round_.index == index for round_ in self.rounds)

    def add(self, round_: Round) -> None:
        """Take in a trial, and look at the gates where that is due."""
        self.rounds = sorted([*self.rounds, round_], key=lambda known: known.index)
        if not ends_case(round_.outcome) and is_due(self.case, len(self.rounds)):
            self.looks.append(look(self.case, self.rounds))

    def outcome(self, *, is_stopped: bool) -> TrialOutcome:
        """Return how the case ended."""
        if self.unmade is not None:
            return self.unmade
        if self.case.rounds == 1 and self.rounds:
            return self.rounds[0].outcome
        return joined(self.rounds, self.case.rounds, is_stopped=is_stopped and not self.is_settled and self.of is None)


@dataclass(slots=True, kw_only=True)
class _Hunt:
    """A search for the most sessions under way: its levels, each a case of its own, and what their trials said."""

    run: _Run
    levels: dict[int, _Run] = field(default_factory=dict)
    probes: list[Probe] = field(default_factory=list)
    ended: Ended | None = None

    @property
    def wanted(self) -> int | None:
        """How many sessions to try next; None where it is over."""
        return None if self.ended is not None else turn_of(self.run.case, self.probes).sessions


def run_cases(state: RunState, cases: Sequence[Case], plan: Plan) -> None:
    """Run the cases and fill `state`; after an interrupt the remaining ones are noted as not run.

    Trials that the plan's journal has are not run again.
    Cases of one trial run in order. Then the rounds of all others are mixed, their engines being built before.

    Raises:
        OutputError: the engine store, the scratch folder or the journal cannot be written.
    """
    begun = len(state.case_results)
    places: dict[str, tuple[int, int]] = {case.id: (place, 0) for place, case in enumerate(cases)}
    runs = [_begin(index, case, len(cases), plan) for index, case in enumerate(cases)]
    try:
        _measure(state, runs, plan, places)
    except KeyboardInterrupt as interrupt:  # between two trials: one that comes within a trial is part of its outcome
        state.stop = interrupt
    finished = {result.id for result in state.case_results[begun:]}
    for run in runs:
        if run.case.id not in finished:
            _finish(state, run, plan)
    state.case_results[begun:] = sorted(state.case_results[begun:], key=lambda result: places[result.id])
    state.comparisons += compare_engines(cases, state.case_results[begun:])
    trained = {result.id for result in state.case_results[begun:] if result.is_trained}
    curves = curves_of([case for case in cases if case.id in trained])
    state.contrasts += contrasts_of([case for case in cases if case.id in trained], state.judged, curves)
    state.learning += learning_of(state.contrasts, curves)


def _measure(state: RunState, runs: Sequence[_Run], plan: Plan, places: dict[str, tuple[int, int]]) -> None:
    """Run the trials of all cases, and finish those of one trial and those that look for the most sessions."""
    for run in (run for run in runs if run.case.rounds == 1 and run.case.capacity is None):
        _prepare(state, run, plan)
        _trial(state, run, 0, plan)
        _finish(state, run, plan)
    mixed = [run for run in runs if run.case.rounds > 1]
    for run in mixed:
        _prepare(state, run, plan)
    seed = mixed[0].case.seed if mixed else 0
    for index, place in interleaved([run.case.rounds for run in mixed], seed):
        _trial(state, mixed[place], index, plan)

    _search(state, [_Hunt(run=run) for run in runs if run.case.capacity is not None], plan, places)


def _search(state: RunState, hunts: Sequence[_Hunt], plan: Plan, places: dict[str, tuple[int, int]]) -> None:
    """Run all searches side by side, a trial of each in turn, so that what changes meanwhile is in all of them."""
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
        level = hunt.levels[sessions] = _begin(hunt.run.index, level_case(case, sessions), hunt.run.count, plan)
        level.of = case
    nth = sum(probe.sessions == sessions for probe in hunt.probes)
    _prepare(state, level, plan)
    _trial(state, level, nth, plan)
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
            _finish(state, level, plan)
            results[sessions] = state.case_results[-1]
            if level.case.id in state.recordings:
                recordings[sessions] = state.recordings[level.case.id]
    ended = hunt.ended or distrust(turn_of(case, hunt.probes), results)
    if hunt.wanted is not None:
        ended = Ended(status="INTERRUPTED", reason="stopped before it was settled")
    capacity = capacity_of(case, hunt.probes, results, recordings, available_bytes=available_bytes(), ended=ended)
    ended = ended or Ended(status="OK", reason=None)
    outcome = TrialOutcome(status=ended.status, reason=ended.reason, recording=None)
    result = blank(case, outcome, hunt.run.used, settings=plan.settings(case), reproduce=plan.reproduce(case))
    state.case_results.append(replace(result, capacity=capacity, budgets=least_verdict(case, capacity)))
    if ended.status != "INTERRUPTED":
        plan.kept.keep_case(case, state.case_results[-1])
    hunt.run.tell("done", text=capacity.stop_reason or ended.status)


def _begin(index: int, case: Case, count: int, plan: Plan) -> _Run:
    def tell(stage: str, **more: Any) -> None:
        plan.on_progress(Progress(case=index, cases=count, id=case.id, stage=stage, **more))

    run = _Run(index=index, count=count, case=case, tell=tell, used=plan.kept.engines(case))
    if run.used is not None or case.is_virtual:
        for round_ in plan.kept.rounds(case, run.used):
            run.add(round_)
    return run


def _prepare(state: RunState, run: _Run, plan: Plan) -> None:
    """Find or build the case's engines, or note why there are none."""
    if state.stop is not None or run.is_over or run.case.is_virtual:
        return
    if (reason := obstacle(run.case)) is not None:
        run.unmade = TrialOutcome(status="SKIPPED", reason=reason, recording=None)
        return
    request = EngineRequest.of(run.case)
    run.tell("engines", text="looking for engines")
    try:
        found, fresh = prepare_engines(
            plan.engines, request, lambda line: run.tell("engines", text=line), plan.build_timeout_s
        )
    except UnavailableError as error:
        run.unmade = TrialOutcome(status="SKIPPED", reason=str(error), recording=None)
    except EngineError as error:
        run.unmade = TrialOutcome(status="ERROR", reason=str(error), recording=None)
    except KeyboardInterrupt as interrupt:
        state.stop = interrupt
        reason = "stopped while its engines were built"
        run.unmade = TrialOutcome(status="INTERRUPTED", reason=reason, recording=None)
    else:
        if run.used is None:
            run.used = engines_of(run.case.model, found, fresh)
            plan.kept.keep_engines(run.case, run.used)


def _trial(state: RunState, run: _Run, index: int, plan: Plan) -> None:
    """Run one trial of the case, unless it was run, the run was stopped or the case is over."""
    if state.stop is not None or run.is_over or run.has(index):
        return
    case = run.case
    is_one = case.rounds == 1
    head = "" if is_one else f"round {index + 1} of {case.rounds}: "
    each = case.total_windows
    run.tell("trial", text=f"{head}starting", windows=each * case.rounds, window=each * index)
    folder = plan.kept.next_folder().resolve()
    job = Job(case=case, engines=plan.engines.resolve(), folder=folder, trial=index)

    def pass_on(said: dict[str, Any]) -> None:
        text = head + ("measuring" if said["is_warm"] else "warming up")
        window = each * index + said["window"]
        run.tell("trial", text=text, window=window, windows=said["of"] * case.rounds)

    started = moment()
    outcome = run_trial_apart(job, pass_on, plan.kept.held)
    state.stop = outcome.stop
    round_ = Round(index=index, started=started, outcome=outcome)
    run.add(round_)
    plan.kept.keep_trial(case, run.used, round_)
    if not is_one:
        run.tell("round", text=f"{head}{outcome.status}")


def _finish(state: RunState, run: _Run, plan: Plan) -> None:
    """Score the case and add it to the state."""
    case, used = run.case, run.used
    if state.stop is not None:
        _take_cut_off(run, plan)
    outcome = run.outcome(is_stopped=state.stop is not None)
    result = blank(case, outcome, used, settings=_settings(run, plan), reproduce=plan.reproduce(run.of or case))
    if used is not None:
        state.subjects[used.subject.weights_sha256] = used.subject
    for file in outcome.files:
        state.datasets[file["sha256"]] = Dataset(**file)
    recording = outcome.recording
    if recording is not None and (len(recording.window) or recording.is_untimed):
        result = scored(result, case, recording)
        state.keep(case.id, recording)
    if case.rounds > 1:
        components, stopped = find_sizes(case.model).components, stop_reason(case, run.looks)
        result = replace(
            result,
            rounds=[round_result(round_, components) for round_ in run.rounds],
            looks=run.looks,
            stop_reason=stopped,
            notes=result.notes if stopped is None else [*result.notes, stopped],
        )
    state.case_results.append(result)
    if result.status != "INTERRUPTED":
        plan.kept.keep_case(case, result)
    run.tell("done", text=result.status)


def _settings(run: _Run, plan: Plan) -> dict[str, object]:
    """Return the case as the lock file writes it, or would write a level of a search."""
    if run.of is None:
        return plan.settings(run.case)
    own = {"name": run.case.id, "scenario": run.case.scenario, "sessions": run.case.sessions.count}
    whole = plan.settings(run.of) | own | {"rounds": run.case.rounds}
    return {name: value for name, value in whole.items() if name != "capacity"}


def _take_cut_off(run: _Run, plan: Plan) -> None:
    """Take in the trials that an earlier interrupt cut off and that were not run again: better than nothing."""
    if run.used is not None or run.case.is_virtual:
        for cut_off in plan.kept.rounds(run.case, run.used, with_cut_off=True):
            if not run.has(cut_off.index):
                run.add(cut_off)
