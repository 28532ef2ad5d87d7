"""A suite's cases to a result over a fleet: lots handed out, taken in, kept, and gathered."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

from josie_bench.bench.case_result import blank
from josie_bench.bench.plan import Plan, Progress
from josie_bench.bench.run_state import RunState
from josie_bench.bench.supervise import TrialOutcome
from josie_bench.errors import UnavailableError, UsageError
from josie_bench.fleet import Answer, Fleet
from josie_bench.fleet.crew import Crew
from josie_bench.fleet.dispatch import Ended, Errand, dispatched
from josie_bench.fleet.engine_sharing import share_engines
from josie_bench.fleet.gathering import Part, gather
from josie_bench.fleet.kept_lots import KeptLots
from josie_bench.fleet.lots import Lot, lots_of
from josie_bench.fleet.parcel import check_parcel, unpacked
from josie_bench.fleet.worker import run_request
from josie_bench.reports import RunData
from josie_bench.terms.case import Case
from josie_bench.terms.fleet import Attempt
from josie_bench.terms.result import CaseResult

NOBODY = "no worker of the fleet was left: go on with run --resume once there are some"


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetPlan:
    """How a run is shared out.

    Attributes:
        open: starts the fleet; raises an UnavailableError if it cannot be had here.
        folder: of the run.
        store: where `calibrate` keeps its noise floors, on every machine.
        attempts: workers that may be lost over a lot.
    """

    open: Callable[[], Fleet]
    folder: Path
    store: Path
    attempts: int


@dataclass(slots=True, kw_only=True)
class _Course:
    """A run over a fleet under way.

    Attributes:
        reasons: why a case was not run, by id.
    """

    state: RunState
    cases: Sequence[Case]
    plan: Plan
    kept: KeptLots
    parts: list[Part] = field(default_factory=list)
    reasons: dict[str, TrialOutcome] = field(default_factory=dict)

    def tell(self, lot: Lot, stage: str, text: str) -> None:
        """Say of each case of a lot what is going on."""
        places = {case.id: place for place, case in enumerate(self.cases)}
        for name in lot.ids:
            self.plan.on_progress(Progress(case=places[name], cases=len(self.cases), id=name, stage=stage, text=text))

    def tell_case(self, case: Case, text: str) -> None:
        """Say what is going on with the engines of a case."""
        place = next(place for place, other in enumerate(self.cases) if other.id == case.id)
        self.plan.on_progress(Progress(case=place, cases=len(self.cases), id=case.id, stage="engines", text=text))

    def absent(self, case: Case) -> CaseResult:
        """Return the result of a case that nobody ran."""
        stopped = TrialOutcome(status="INTERRUPTED", reason="not run: the run was stopped", recording=None)
        outcome = self.reasons.get(case.id, stopped)
        return blank(case, outcome, None, settings=self.plan.settings(case), reproduce=self.plan.reproduce(case))


def run_on_fleet(state: RunState, cases: Sequence[Case], plan: Plan, fleet_plan: FleetPlan) -> None:
    """Run the cases on a fleet and fill `state`, as `run_cases` does; lots that the journal has are not run again.

    Without a fleet, or a worker that can be used, every case is skipped with the reason.

    Raises:
        OutputError: what came home cannot be written.
    """
    course = _Course(state=state, cases=cases, plan=plan, kept=KeptLots(plan.journal, fleet_plan.folder))
    left = [lot for lot in lots_of(cases) if not _take_kept(course, lot)]
    try:
        with closing(fleet_plan.open()) as fleet:
            _measure(course, Crew(fleet=fleet, store=fleet_plan.store), left, fleet_plan.attempts)
    except UnavailableError as error:
        _leave(course, left, TrialOutcome(status="SKIPPED", reason=str(error), recording=None))
    except KeyboardInterrupt as interrupt:
        state.stop = interrupt
    gather(state, cases, course.parts, plan, course.absent)


def _take_kept(course: _Course, lot: Lot) -> bool:
    """Take in a lot that came home before this process began, and return whether it did."""
    found = course.kept.ended(lot)
    if found is not None:
        ended, label = found
        hosts, _ = course.kept.hosts()
        course.parts.append(Part(ended=ended, host=hosts[label]))
    return found is not None


def _measure(course: _Course, crew: Crew, lots: Sequence[Lot], attempts: int) -> None:
    """Let the workers in, and hand out the lots until all have ended."""
    crew.hosts, crew.machines = course.kept.hosts()
    try:
        if lots:
            crew.enlist(crew.fleet.workers)
            course.kept.keep_hosts(crew.hosts, crew.machines)
        if lots and not crew.here:
            told = "; ".join(f"{refusal.worker}: {refusal.reason}" for refusal in crew.refused)
            raise UnavailableError(f"no worker of the fleet can be used: {told}")
        share_engines(crew, [case for lot in lots for case in lot.cases], course.plan, course.tell_case)
        for ended in dispatched(crew, lots, _errand(course, crew, attempts)):
            _end(course, crew, ended)
    finally:
        course.state.fleet = crew.use()


def _errand(course: _Course, crew: Crew, attempts: int) -> Errand:
    def receive(lot: Lot, said: Answer) -> RunData:
        folder = course.kept.next_folder()
        shutil.rmtree(folder, ignore_errors=True)  # a process that was ended amid it may have left it
        try:
            data = unpacked(said.files, folder)
            check_parcel(data, lot, course.state.suite_sha256)
        except UsageError:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        return data

    def lost(lot: Lot, attempt: Attempt) -> None:
        course.tell(lot, "round", f"{attempt.worker} gave nothing: {attempt.reason}")

    return Errand(
        request=lambda lot: run_request(lot, course.state, course.plan),
        receive=receive,
        most_attempts=attempts,
        on_begin=lambda lot, worker: course.tell(lot, "trial", f"on {worker} of {crew.host_of[worker]}"),
        on_lost=lost,
    )


def _end(course: _Course, crew: Crew, ended: Ended) -> None:
    """Keep a lot that came home; note of one that did not why."""
    if ended.worker is None or ended.data is None:
        reasons = [f"{attempt.worker}: {attempt.reason}" for attempt in ended.attempts]
        reason = "; ".join([*reasons, *([] if crew.here else [NOBODY])])
        _leave(course, [ended.lot], TrialOutcome(status="ERROR", reason=reason, recording=None))
        return
    host = crew.host_of[ended.worker]
    course.kept.keep(ended, host)
    course.parts.append(Part(ended=ended, host=crew.hosts[host]))
    results = {result.id: result for result in ended.data.result.cases}
    for case in ended.lot.cases:
        own = replace(results[case.id], host=host, settings=course.plan.settings(case))
        course.plan.kept.keep_case(case, own)
    course.tell(ended.lot, "done", f"{ended.worker} of {host}")


def _leave(course: _Course, lots: Sequence[Lot], outcome: TrialOutcome) -> None:
    """Note why the cases of some lots were not run."""
    for lot in lots:
        course.reasons |= dict.fromkeys(lot.ids, outcome)
        course.tell(lot, "done", outcome.status)
