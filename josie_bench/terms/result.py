"""The result of a run: what `result.json` holds. Field names are part of the published schema.

`schema_version` follows semantic versioning: a removed or re-meant field raises the major, an added one the minor.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from josie_bench.terms.score import Interval, NotAvailable

SCHEMA = "josie-bench/result"
SCHEMA_VERSION = "1.0.0"

CASE_STATUSES = (
    "OK",
    "SKIPPED",
    "ERROR",
    "TIMEOUT",
    "OOM",
    "INTERRUPTED",
    "UNSTEADY",
    "INVALID_HARNESS",
    "INVALID_CLOCK",
)
RUN_STATUSES = ("OK", "GATE_BROKEN", "NOT_MEASURED", "INTERRUPTED", "ERROR")


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricScore:
    """One `metric.statistic` of one case.

    Attributes:
        direction: `lower`, `higher` or `none`: which way is better.
        definition: id and version of the definition, e.g. `response_latency/1`.
        origin: what the number runs from and to, in words.
        k: for a ratio, how many of the `n` counted.
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
        p50, p99: milliseconds per window; p99 is None where the windows are too few to know it.
        share: its part of the summed mean response, 0..1.
    """

    span: str
    p50: float
    p99: float | None
    share: float


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
class CaseResult:
    """What became of one case.

    Attributes:
        settings: the resolved settings, as in `suite.lock.yaml`.
        reason: why the status is not `OK`, one line, else None.
        notes: what a reader must know to trust the numbers, one sentence each.
        metrics: by `metric.statistic`.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """When and how the run went; instants are ISO 8601 in UTC."""

    id: str
    suite: str
    suite_sha256: str
    tool: str
    started: str
    ended: str
    status: str
    stop_reason: str


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
    """A whole run."""

    schema: str
    schema_version: str
    run: Run
    subjects: list[Subject]
    datasets: list[Dataset]
    host: dict[str, object]
    cases: list[CaseResult]
