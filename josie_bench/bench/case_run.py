"""A case under way: its engines, its trials so far, and what becomes of it once no further one is run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from josie_bench.bench.calibration import prepare_engines
from josie_bench.bench.capacity import level_settings
from josie_bench.bench.case_result import Engines, blank, engines_of, scored
from josie_bench.bench.forecast import obstacle
from josie_bench.bench.job import Job
from josie_bench.bench.looking import is_due, look, stop_reason
from josie_bench.bench.plan import Plan, Progress
from josie_bench.bench.rounds import Round, ends_case, joined, round_result
from josie_bench.bench.run_state import RunState, moment
from josie_bench.bench.supervise import TrialOutcome, run_trial_apart
from josie_bench.engines.store import EngineRequest
from josie_bench.errors import EngineError, UnavailableError
from josie_bench.model.presets import find_sizes
from josie_bench.statistics.looks import OPEN
from josie_bench.terms.case import Case
from josie_bench.terms.result import Dataset, Look


@dataclass(slots=True, kw_only=True)
class CaseRun:
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


def begin_case(index: int, case: Case, count: int, plan: Plan) -> CaseRun:
    """Return a case with those of its trials that the plan's journal has.

    Args:
        index: of the case among `count`.
        case: that is run.
        count: how many cases are.
        plan: how they are.
    """

    def tell(stage: str, **more: Any) -> None:
        plan.on_progress(Progress(case=index, cases=count, id=case.id, stage=stage, **more))

    run = CaseRun(index=index, count=count, case=case, tell=tell, used=plan.kept.engines(case))
    if run.used is not None or case.is_virtual:
        for round_ in plan.kept.rounds(case, run.used):
            run.add(round_)
    return run


def prepare(state: RunState, run: CaseRun, plan: Plan) -> None:
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


def run_trial(state: RunState, run: CaseRun, index: int, plan: Plan) -> None:
    """Run one trial of the case, unless it was run, the run was stopped or the case is over."""
    if state.stop is not None or run.is_over or run.has(index):
        return
    case = run.case
    is_one = case.rounds == 1
    head = "" if is_one else f"round {index + 1} of {case.rounds}: "
    each = case.total_windows
    run.tell("trial", text=f"{head}starting", windows=each * case.rounds, window=each * index)
    folder = plan.kept.next_folder().resolve()
    items = None if case.judged is None else plan.kept.items_folder(case, run.used, index).resolve()
    job = Job(case=case, engines=plan.engines.resolve(), folder=folder, trial=index, items=items)

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


def finish_case(state: RunState, run: CaseRun, plan: Plan) -> None:
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


def _settings(run: CaseRun, plan: Plan) -> dict[str, object]:
    """Return the case as the lock file writes it, or would write a level of a search."""
    return plan.settings(run.case) if run.of is None else level_settings(plan.settings(run.of), run.case)


def _take_cut_off(run: CaseRun, plan: Plan) -> None:
    """Take in the trials that an earlier interrupt cut off and that were not run again: better than nothing."""
    if run.used is not None or run.case.is_virtual:
        for cut_off in plan.kept.rounds(run.case, run.used, with_cut_off=True):
            if not run.has(cut_off.index):
                run.add(cut_off)
