"""The result of a run: what `result.json` holds. Field names are part of the published schema.

`schema_version` follows semantic versioning: a removed or re-meant field raises the major, an added one the minor.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from josie_bench.terms.capacity import Capacity
from josie_bench.terms.contrast import Contrast, LearningCurve
from josie_bench.terms.engine_comparison import EngineComparison
from josie_bench.terms.fault import FaultOutcome
from josie_bench.terms.fleet import Attempt, FleetUse
from josie_bench.terms.score import Interval, NotAvailable
from josie_bench.terms.severity import SeverityCurve
from josie_bench.terms.validity import INVALID, Diagnosis, SlowWindows, Validity

SCHEMA = "josie-bench/result"
SCHEMA_VERSION = "1.6.0"
WEIGHTS_OF, SEEDED = "weights are those of", "seeded, not trained"  # how the note on a case's weights puts it
# How the reason of an OOM puts whose memory it was.
OUT_OF_DEVICE, OUT_OF_HOST = "a device's memory ran out", "the host's memory ran out"
OUT_OF_CAP = "what it may hold of a GPU ran out"

CASE_STATUSES = (
    "OK",
    "SKIPPED",
    "ERROR",
    "TIMEOUT",
    "OOM",
    "INTERRUPTED",
    "UNSTEADY",
    *INVALID,
)
RATIO_VERDICTS = ("quicker", "slower", "undecided")
RUN_STATUSES = ("OK", "GATE_BROKEN", "NOT_MEASURED", "INTERRUPTED", "ERROR")
MACHINE, RESTART = "machine", "restart"


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricScore:
    """One `metric.statistic` of one case.

    Attributes:
        direction: `lower`, `higher` or `none`: which way is better.
        definition: id and version of the definition, e.g. `response_latency/1`; behind it, where judges made the
            numbers, what decides theirs.
        origin: what the number runs from and to, in words.
        k: for a ratio, how many of the `n` counted.
        n_eff: how many independent samples the `n` are worth; None where that plays no part.
        clusters: from how many runs, each a process of its own, the `n` come; None where that plays no part.
    """

    value: float | None
    unit: str
    direction: str
    definition: str
    origin: str
    n: int
    k: int | None = None
    ci: Interval | None = None
    na: NotAvailable | None = None
    n_eff: float | None = None
    clusters: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A score held against its budget.

    Attributes:
        expr: the budget as written in the suite.
        result: `pass`, `fail` or `n/a`; the last when the score or its bound has no value.
        severity: `gate`, `warn` or `info`.
        detail: the number that was held against the bound, or why there was none.
    """

    expr: str
    result: str
    severity: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WaterfallSpan:
    """Where a window's time goes, one component per row, in the order it runs.

    Attributes:
        span: the component, or `queue`, `prepare`, `assemble`, `gaps`.
        p50, p99: milliseconds per window; p99 is None where the windows are worth too few to know it.
        share: its part of the summed mean response, 0..1.
        n: how many windows were answered; None in results before 1.3, as is all that follows.
        p50_n_eff, p99_n_eff: how many independent windows they are worth.
        p50_ci, p99_ci: None where they are worth too few to bound it.
    """

    span: str
    p50: float
    p99: float | None
    share: float
    n: int | None = None
    p50_n_eff: float | None = None
    p50_ci: Interval | None = None
    p99_n_eff: float | None = None
    p99_ci: Interval | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineUse:
    """An engine a case ran with; `was_cached` is False where this run built it.

    Attributes:
        build_seconds: of its build, whenever that was, with the export where that was done for it.
        build_peak_mib: the most memory that its builder held; None where unknown.
    """

    component: str
    backend: str
    precision: str
    fingerprint: str
    byte_count: int
    was_cached: bool
    build_seconds: float | None = None
    build_peak_mib: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryRow:
    """A named size at a phase edge, in MiB."""

    phase: str
    name: str
    mib: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundResult:
    """One of the trials of a case that has several.

    Attributes:
        index: 0-based, as in `windows.parquet`.
        reason: why the status is not `OK`, one line, else None.
        started: when its process was started, ISO 8601 in UTC; rounds of different cases follow each other by it.
        compute_p50_ms: median of its measured windows' compute time; None where no window was measured.
        component_p50_ms: by component, the median of its summed time in a window.
        values: by `metric.statistic`, of its own windows, also where their dependence leaves no interval; those without
            a number are left out. `sm_clock.p50` is the clock of the trial's GPU meanwhile in MHz, where that was read.
        windows_answered: what the medians are of; None in results before 1.3.
        compute_p50_n_eff: how many independent windows that of compute time rests on.
        compute_p50_ci: None where these are too few to bound it.
        component_p50_n_eff, component_p50_ci: likewise by component; one that is missing was not bounded.
    """

    index: int
    status: str
    reason: str | None
    started: str
    windows_measured: int
    compute_p50_ms: float | None
    component_p50_ms: dict[str, float]
    values: dict[str, float] = field(default_factory=dict)
    windows_answered: int | None = None
    compute_p50_n_eff: float | None = None
    compute_p50_ci: Interval | None = None
    component_p50_n_eff: dict[str, float] = field(default_factory=dict)
    component_p50_ci: dict[str, Interval] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How the gates of a case stood between two of its rounds, where these end when they are settled.

    Attributes:
        rounds: after so many.
        windows: that were measured in them.
        level: of the two-sided intervals that were looked at.
        decision: `met` where every gate is, `broken` where one is, else `open`.
        broken: the first gate that is, as the suite writes it.
        needed_windows: that settle all gates if the shares stay what they are; None where no number would.
    """

    rounds: int
    windows: int
    level: float
    decision: str
    broken: str | None = None
    needed_windows: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RegimeRow:
    """A stretch of windows of one kind and round that holds one level.

    Attributes:
        kind: length, content, modalities, and whether the model spoke.
        first, last: index of its first and last window.
        level_ms: their median response less the pacer's lateness, in a closed loop compute time; None where most of
            them were never answered.
    """

    round: int
    kind: str
    first: int
    last: int
    level_ms: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseResult:
    """What became of one case.

    Attributes:
        settings: the resolved settings, as in `suite.lock.yaml`.
        reproduce: the command that runs it again, in the run's folder.
        weight_files: sha256 of each file of weights that its engines were built from, in order; empty for seeded ones.
        reason: why the status is not `OK`, one line, else None.
        notes: what a reader must know to trust the numbers, one sentence each.
        metrics: by `metric.statistic`, from the windows of all rounds.
        memory: of several rounds the largest.
        rounds: in order; empty where the case is a single trial.
        looks: at the gates, in order; empty where the case may not end early.
        stop_reason: why a case that may end early ended where it did; None where it may not.
        validity: whether its numbers may be trusted; None where no window was timed.
        slow_windows: those that were late or stand out, by kind.
        diagnosis: what the shape of its times says.
        regimes: the levels that were held; several of one kind and round make a case `UNSTEADY`.
        capacity: of a search for the most sessions, which has no windows of its own: each level is a case.
        faults: what became of those that it injects; empty in results before 1.5.
        host: label of the machine of a fleet that measured it; None where `host` of the result did.
        worker: of the fleet.
        attempts: that gave nothing before; empty in results before 1.5.
    """

    id: str
    sha: str
    status: str
    reason: str | None
    settings: dict[str, object]
    reproduce: str
    notes: list[str] = field(default_factory=list)
    metrics: dict[str, MetricScore] = field(default_factory=dict)
    budgets: list[Verdict] = field(default_factory=list)
    waterfall: list[WaterfallSpan] = field(default_factory=list)
    engines: list[EngineUse] = field(default_factory=list)
    memory: list[MemoryRow] = field(default_factory=list)
    windows_measured: int = 0
    windows_warm_up: int = 0
    rounds: list[RoundResult] = field(default_factory=list)
    looks: list[Look] = field(default_factory=list)
    stop_reason: str | None = None
    validity: Validity | None = None
    slow_windows: list[SlowWindows] = field(default_factory=list)
    diagnosis: list[Diagnosis] = field(default_factory=list)
    regimes: list[RegimeRow] = field(default_factory=list)
    weight_files: list[str] = field(default_factory=list)
    capacity: Capacity | None = None
    faults: list[FaultOutcome] = field(default_factory=list)
    host: str | None = None
    worker: str | None = None
    attempts: list[Attempt] = field(default_factory=list)

    @property
    def has_ended_well(self) -> bool:
        """Whether its gates count: it is `OK`, or a fault was to end it with the status that it has, and did."""
        return self.status == "OK" or any(fault.ended == self.status for fault in self.faults)

    @property
    def is_trained(self) -> bool:
        """Whether files gave weights to every component that the case calls; False where no note says so."""
        told = [note for note in self.notes if note.startswith(WEIGHTS_OF)]
        return bool(told) and not any(SEEDED in note for note in told)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumed:
    """A process that went on with the run.

    Attributes:
        started: when it began, ISO 8601 in UTC.
        changed: `machine` if the run was on another one before, `restart` if the machine was since; else None.
    """

    started: str
    host_fingerprint: str
    changed: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """When and how the run went; instants are ISO 8601 in UTC.

    Attributes:
        resumed: the processes that went on with it after the first had ended, in order.
    """

    id: str
    suite: str
    suite_sha256: str
    tool: str
    started: str
    ended: str
    status: str
    stop_reason: str
    resumed: list[Resumed] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """A file of input and where it may come from."""

    modality: str
    name: str
    sha256: str
    license: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """The model under test."""

    preset: str
    parameters: int
    weights: str
    weights_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A whole run.

    Attributes:
        comparisons: cases that differ in their engines alone, beside each other.
        contrasts: judged cases that differ in one setting alone, item by item; empty in results before 1.4.
        severities: judged cases that differ in how much of one thing is wrong alone; empty in results before 1.6.
        learning: how trained models learnt that are held against each other in these.
        host: facts of the machine that measured; of a fleet's run, of the one that gathered it.
        fleet: the machines that the cases were shared out over; None for one process here.
    """

    schema: str
    schema_version: str
    run: Run
    subjects: list[Subject]
    datasets: list[Dataset]
    host: dict[str, object]
    cases: list[CaseResult]
    comparisons: list[EngineComparison] = field(default_factory=list)
    contrasts: list[Contrast] = field(default_factory=list)
    learning: list[LearningCurve] = field(default_factory=list)
    severities: list[SeverityCurve] = field(default_factory=list)
    fleet: FleetUse | None = None
