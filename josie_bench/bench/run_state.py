"""A run under way, and what it amounts to so far: its result can be asked for at any time."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import josie_bench
from josie_bench.probes.host import host_facts, with_held
from josie_bench.terms.contrast import Contrast, LearningCurve
from josie_bench.terms.engine_comparison import EngineComparison
from josie_bench.terms.fleet import FleetUse
from josie_bench.terms.judged import Judged
from josie_bench.terms.parity import Parity
from josie_bench.terms.recording import Recording
from josie_bench.terms.result import SCHEMA, SCHEMA_VERSION, CaseResult, Dataset, Result, Resumed, Run, Subject
from josie_bench.terms.severity import SeverityCurve

HELD_WORDS = {
    "sm_clock_mhz": "clocks were held at {:g} MHz",
    "power_limit_w": "power limit was held at {:g} W",
}


@dataclass(slots=True, kw_only=True)
class RunState:
    """A run under way; `result` can be asked for at any time, so that an interrupt loses nothing.

    Attributes:
        held: what its GPU is held at, by fact of the host.
    """

    id: str
    suite: str
    suite_sha256: str
    started: str
    case_results: list[CaseResult] = field(default_factory=list)
    recordings: dict[str, Recording] = field(default_factory=dict)
    parities: dict[str, Parity] = field(default_factory=dict)
    judged: dict[str, Judged] = field(default_factory=dict)
    subjects: dict[str, Subject] = field(default_factory=dict)
    datasets: dict[str, Dataset] = field(default_factory=dict)
    comparisons: list[EngineComparison] = field(default_factory=list)
    contrasts: list[Contrast] = field(default_factory=list)
    learning: list[LearningCurve] = field(default_factory=list)
    severities: list[SeverityCurve] = field(default_factory=list)
    resumed: list[Resumed] = field(default_factory=list)
    fleet: FleetUse | None = None
    stop: BaseException | None = None
    held: Mapping[str, float] = field(default_factory=dict)

    def keep(self, case: str, recording: Recording) -> None:
        """Keep the raw series of a case, each kind where reports look for it."""
        if recording.parity is not None:
            self.parities[case] = recording.parity
        elif recording.judged is not None:
            self.judged[case] = recording.judged
        else:
            self.recordings[case] = recording

    def result(self) -> Result:
        """Return the result of what was measured so far."""
        status, reason = run_status(self.case_results, is_stopped=self.stop is not None)
        if simulated := [case.id for case in self.case_results if "simulated" in case.settings]:
            where = "" if len(simulated) == len(self.case_results) else f" in {', '.join(simulated)}"
            reason += f"; SIMULATED: no system was measured{where}"
        if self.held:
            told = [HELD_WORDS[name].format(value) for name, value in self.held.items()]
            reason += f"; the GPU's {' and '.join(told)}"
        return Result(
            schema=SCHEMA,
            schema_version=SCHEMA_VERSION,
            run=Run(
                id=self.id,
                suite=self.suite,
                suite_sha256=self.suite_sha256,
                tool=josie_bench.__version__,
                started=self.started,
                ended=moment(),
                status=status,
                stop_reason=reason,
                resumed=list(self.resumed),
            ),
            subjects=list(self.subjects.values()),
            datasets=list(self.datasets.values()),
            host=with_held(host_facts(), self.held),
            cases=list(self.case_results),
            comparisons=list(self.comparisons),
            contrasts=list(self.contrasts),
            learning=list(self.learning),
            severities=list(self.severities),
            fleet=self.fleet,
        )


def new_run(suite: str, suite_sha256: str, held: Mapping[str, float] | None = None) -> RunState:
    """Return a run that begins now, on a GPU that is held or not."""
    begin = datetime.now(UTC)
    return RunState(
        id=f"{begin:%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}",
        suite=suite,
        suite_sha256=suite_sha256,
        started=moment(),
        held=held or {},
    )


def run_status(cases: Sequence[CaseResult], *, is_stopped: bool) -> tuple[str, str]:
    """Return the run's status and the reason for it; the first that holds of stopped, unmeasured, broken, fine."""
    if is_stopped:
        return "INTERRUPTED", "stopped by a signal; what was measured is kept"
    measured = [case for case in cases if case.has_ended_well]
    if not measured:
        has_any = any(case.metrics for case in cases)
        return "NOT_MEASURED", "no case was measured validly" if has_any else "no case could be measured"
    gated = [case for case in cases if any(verdict.severity == "gate" for verdict in case.budgets)]
    lost = [case.id for case in gated if case not in measured]
    if lost:
        return "NOT_MEASURED", f"gated but not measured validly: {', '.join(lost)}"
    verdicts = [(case.id, verdict) for case in gated for verdict in case.budgets if verdict.severity == "gate"]
    broken = [f"{name}: {verdict.expr}" for name, verdict in verdicts if verdict.result == "fail"]
    if broken:
        return "GATE_BROKEN", "; ".join(broken)
    unknown = [f"{name}: {verdict.expr} ({verdict.detail})" for name, verdict in verdicts if verdict.result == "n/a"]
    if unknown:
        return "NOT_MEASURED", "; ".join(unknown)
    of_all = "all cases ran" if len(measured) == len(cases) else f"{len(measured)} of {len(cases)} cases ran validly"
    return "OK", f"{of_all}; no gate is broken"


def moment() -> str:
    """Return this instant in UTC, ISO 8601, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")
