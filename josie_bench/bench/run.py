"""A suite's cases, one after the other, to a result: engines, trial, scores, verdicts."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

import josie_bench
from josie_bench.bench.calibration import prepare_engines
from josie_bench.bench.job import Job
from josie_bench.bench.judge import check_harness, judge, metric_scores, waterfall
from josie_bench.bench.supervise import TrialOutcome, run_trial_apart
from josie_bench.engines.builders import BUILD_TIMEOUT_S
from josie_bench.engines.manifest import Manifest
from josie_bench.engines.store import EngineRequest
from josie_bench.errors import EngineError, UnavailableError
from josie_bench.model.presets import find_sizes
from josie_bench.probes.host import host_facts
from josie_bench.terms.case import Case
from josie_bench.terms.model_choice import ModelChoice
from josie_bench.terms.parity import SPREADS, Parity
from josie_bench.terms.recording import Recording
from josie_bench.terms.result import (
    SCHEMA,
    SCHEMA_VERSION,
    CaseResult,
    Dataset,
    EngineUse,
    MemoryRow,
    Result,
    Run,
    Subject,
    Verdict,
)
from josie_bench.terms.timebase import mib_from_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """What the run is doing: `case` is its index, `stage` one of `engines`, `trial`, `done`."""

    case: int
    cases: int
    id: str
    stage: str
    text: str = ""
    window: int = 0
    windows: int = 0


@dataclass(slots=True, kw_only=True)
class RunState:
    """A run under way; `result` can be asked for at any time, so that an interrupt loses nothing."""

    id: str
    suite: str
    suite_sha256: str
    started: str
    case_results: list[CaseResult] = field(default_factory=list)
    recordings: dict[str, Recording] = field(default_factory=dict)
    parities: dict[str, Parity] = field(default_factory=dict)
    subjects: dict[str, Subject] = field(default_factory=dict)
    datasets: dict[str, Dataset] = field(default_factory=dict)
    stop: BaseException | None = None

    def result(self) -> Result:
        """Return the result of what was measured so far."""
        status, reason = run_status(self.case_results, is_stopped=self.stop is not None)
        return Result(
            schema=SCHEMA,
            schema_version=SCHEMA_VERSION,
            run=Run(
                id=self.id,
                suite=self.suite,
                suite_sha256=self.suite_sha256,
                tool=josie_bench.__version__,
                started=self.started,
                ended=_now(),
                status=status,
                stop_reason=reason,
            ),
            subjects=list(self.subjects.values()),
            datasets=list(self.datasets.values()),
            host=host_facts(),
            cases=list(self.case_results),
        )


def new_run(suite: str, suite_sha256: str) -> RunState:
    """Return a run that begins now."""
    moment = datetime.now(UTC)
    return RunState(
        id=f"{moment:%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}", suite=suite, suite_sha256=suite_sha256, started=_now()
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How the caller wants its cases run and written down.

    Attributes:
        engines: the engine store.
        scratch: where trials write while they run.
        reproduce: gives the command line that runs one case alone.
        settings: gives a case as the lock file writes it.
        on_progress: told what is going on.
        build_timeout_s: the most that building one engine may take.
    """

    engines: Path
    scratch: Path
    reproduce: Callable[[Case], str]
    settings: Callable[[Case], dict[str, object]]
    on_progress: Callable[[Progress], None] = lambda _: None
    build_timeout_s: float = BUILD_TIMEOUT_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Engines:
    """The engines a case ran with, and which of them were built for it."""

    found: Mapping[str, Manifest] = field(default_factory=dict)
    fresh: frozenset[str] = frozenset()


def run_cases(state: RunState, cases: Sequence[Case], plan: Plan) -> None:
    """Run the cases and fill `state`; after an interrupt the remaining ones are noted as not run.

    Raises:
        OutputError: the engine store or the scratch folder cannot be written.
    """
    for index, case in enumerate(cases):

        def tell(stage: str, *, index: int = index, case: Case = case, **more: Any) -> None:
            plan.on_progress(Progress(case=index, cases=len(cases), id=case.id, stage=stage, **more))

        if state.stop is not None:
            outcome = TrialOutcome(status="INTERRUPTED", reason="not run: the run was stopped", recording=None)
            used = Engines()
        else:
            outcome, used = _run_case(case, plan, plan.scratch / f"{index:03d}", tell)
            state.stop = outcome.stop
        result = _blank(case, outcome, used, plan)
        _note(state, case, outcome, used, result)
        tell("done", text=state.case_results[-1].status)


def _run_case(case: Case, plan: Plan, folder: Path, tell: Callable[..., None]) -> tuple[TrialOutcome, Engines]:
    """Return how the case's trial ended and the engines it ran with."""
    request = EngineRequest(model=case.model, engines=case.engines)
    try:
        tell("engines", text="looking for engines")
        found, fresh = prepare_engines(
            plan.engines, request, lambda line: tell("engines", text=line), plan.build_timeout_s
        )
    except UnavailableError as error:
        return TrialOutcome(status="SKIPPED", reason=str(error), recording=None), Engines()
    except EngineError as error:
        return TrialOutcome(status="ERROR", reason=str(error), recording=None), Engines()
    except KeyboardInterrupt as interrupt:
        reason = "stopped while its engines were built"
        return TrialOutcome(status="INTERRUPTED", reason=reason, recording=None, stop=interrupt), Engines()
    tell("trial", text="starting", windows=case.windows)
    job = Job(case=case, engines=plan.engines.resolve(), folder=folder.resolve())

    def pass_on(said: dict[str, Any]) -> None:
        text = "measuring" if said["is_warm"] else "warming up"
        tell("trial", text=text, window=said["window"], windows=said["of"])

    return run_trial_apart(job, pass_on), Engines(found=found, fresh=fresh)


def _blank(case: Case, outcome: TrialOutcome, used: Engines, plan: Plan) -> CaseResult:
    """Return the case's result as it stands without a recording: every budget is unanswered."""
    detail = outcome.reason or "nothing was recorded"
    return CaseResult(
        id=case.id,
        sha=case.sha,
        status=outcome.status,
        reason=outcome.reason,
        settings=plan.settings(case),
        reproduce=plan.reproduce(case),
        engines=[
            EngineUse(
                component=name,
                backend=manifest.recipe.backend,
                precision=manifest.recipe.precision,
                fingerprint=manifest.recipe.fingerprint,
                byte_count=manifest.byte_count,
                was_cached=name not in used.fresh,
                build_seconds=manifest.build_seconds,
                build_peak_mib=manifest.peak_mib,
            )
            for name, manifest in used.found.items()
        ],
        budgets=[
            Verdict(expr=budget.expression, result="n/a", severity=budget.severity, detail=detail)
            for budget in case.budgets
        ],
    )


def _note(state: RunState, case: Case, outcome: TrialOutcome, used: Engines, result: CaseResult) -> None:
    """Score the trial and add it to the state."""
    if used.found:
        subject = _subject(case.model, used.found)
        state.subjects[subject.weights_sha256] = subject
    for file in outcome.files:
        state.datasets[file["sha256"]] = Dataset(**file)
    if outcome.recording is not None and (len(outcome.recording.window) or outcome.recording.parity is not None):
        result = _scored(result, case, outcome.recording)
        if outcome.recording.parity is not None:
            state.parities[case.id] = outcome.recording.parity
        else:
            state.recordings[case.id] = outcome.recording
    state.case_results.append(result)


def _scored(result: CaseResult, case: Case, recording: Recording) -> CaseResult:
    """Return the result with all that the recording says."""
    scores = metric_scores(recording)
    harness = check_harness(recording, is_null=case.backend == "null")
    is_invalid = result.status == "OK" and harness.failure is not None
    return replace(
        result,
        status="INVALID_HARNESS" if is_invalid else result.status,
        reason=harness.failure if is_invalid else result.reason,
        notes=[*_standing_notes(case), *_comparison_notes(recording), *harness.notes],
        metrics=scores,
        budgets=judge(scores, case.budgets),
        waterfall=waterfall(recording, find_sizes(case.model).components),
        memory=[
            MemoryRow(phase=row.phase, name=row.name, mib=mib_from_bytes(row.byte_count)) for row in recording.memory
        ],
        windows_measured=_windows_measured(recording),
        windows_warm_up=int(recording.is_warm_up.sum()),
    )


def _windows_measured(recording: Recording) -> int:
    if recording.parity is not None:
        return len(np.unique(recording.parity.window))
    return int(recording.measured().sum())


def _standing_notes(case: Case) -> list[str]:
    """Return what must be known of the case's model to read its numbers."""
    if case.backend == "null":
        return []
    weights = "weights are seeded, not trained"
    if case.model.weights:
        named = ", ".join(Path(file).name for file in case.model.weights)
        weights = f"weights are those of {named} where these give them, else seeded, not trained"
    notes = [f"{weights}: latency and memory are real, what is said means nothing"]
    if case.conversation.mode == "turn":
        notes.append("turn mode: the model is silent until the recording's speaker ends, then answers to its end token")
    elif case.conversation.turn_taking == "recording":
        notes.append("the model is held silent while the recording's speaker talks and decides by itself otherwise")
    elif case.conversation.turn_taking == "listen":
        notes.append("the model is held silent throughout: listening windows only")
    if case.model.ablate:
        notes.append(f"switched off: {', '.join(case.model.ablate)}")
    return notes


def _comparison_notes(recording: Recording) -> list[str]:
    """Return from what the tolerance of each component of a comparison was taken."""
    if recording.parity is None:
        return []
    measured = {kind: recording.parity.components_of(f"spread_{kind}") for kind in SPREADS}
    return [f"tolerance τ from eager {kind}: {', '.join(names)}" for kind, names in measured.items() if names]


def run_status(cases: Sequence[CaseResult], *, is_stopped: bool) -> tuple[str, str]:
    """Return the run's status and the reason for it; the first that holds of stopped, unmeasured, broken, fine."""
    if is_stopped:
        return "INTERRUPTED", "stopped by a signal; what was measured is kept"
    measured = [case for case in cases if case.status == "OK"]
    if not measured:
        return "NOT_MEASURED", "no case could be measured"
    gated = [case for case in cases if any(verdict.severity == "gate" for verdict in case.budgets)]
    lost = [case.id for case in gated if case.status != "OK"]
    if lost:
        return "NOT_MEASURED", f"gated but not measured: {', '.join(lost)}"
    verdicts = [(case.id, verdict) for case in gated for verdict in case.budgets if verdict.severity == "gate"]
    broken = [f"{name}: {verdict.expr}" for name, verdict in verdicts if verdict.result == "fail"]
    if broken:
        return "GATE_BROKEN", "; ".join(broken)
    unknown = [f"{name}: {verdict.expr} ({verdict.detail})" for name, verdict in verdicts if verdict.result == "n/a"]
    if unknown:
        return "NOT_MEASURED", "; ".join(unknown)
    return "OK", "all cases ran; no gate is broken"


def _subject(model: ModelChoice, manifests: Mapping[str, Manifest]) -> Subject:
    """Return which model was measured."""
    digests = "".join(manifests[name].weights_sha256 for name in sorted(manifests))
    return Subject(
        preset=model.preset,
        parameters=sum(manifest.parameters for manifest in manifests.values()),
        weights=" + ".join(("seeded", *(Path(file).name for file in model.weights))),
        weights_sha256=hashlib.sha256(digests.encode()).hexdigest(),
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
