"""Whether a case's numbers may be trusted, check by check, and what its slow windows and the shape of its times say.

Part of the result: field names are published. Invalid never means empty: numbers and raw windows are kept.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from josie_bench.terms.score import NotAvailable

# In the order in which one of several gives the status.
INVALID = (
    "INVALID_HARNESS",
    "INVALID_CLOCK",
    "INVALID_AUDIT",
    "INVALID_THROTTLED",
    "INVALID_NEIGHBOUR",
    "INVALID_TELEMETRY",
    "INVALID_CAP",
)
INVALID_HARNESS, INVALID_CLOCK, INVALID_AUDIT, INVALID_THROTTLED, *_OTHERS = INVALID
INVALID_NEIGHBOUR, INVALID_TELEMETRY, INVALID_CAP = _OTHERS


@dataclass(frozen=True, slots=True, kw_only=True)
class HarnessValidity:
    """Whether the harness kept time.

    Attributes:
        pacer_p999_us: 99.9th percentile of the pacer's lateness; None below 2,995 windows and in a closed loop.
        pacer_late: how many windows were handed over too late.
        null_p999_us: the same percentile of the whole response of backend `null`; None for others.
    """

    ok: bool
    pacer_p999_us: float | None = None
    pacer_late: int = 0
    null_p999_us: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockValidity:
    """Whether all clocks are one.

    Attributes:
        disorder_ns: the most by which something is stamped before its cause, over all processes; 0 is in order.
        map_error_ns: how far off a GPU's instants may be on the host's clock; None with `na` where there are none.
    """

    disorder_ns: int
    map_error_ns: int | None = None
    na: NotAvailable | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ThrottleValidity:
    """Whether a GPU was slowed down.

    Attributes:
        windows_flagged: measured windows during which one was, by heat, by hardware or by a power brake.
        windows_capped: those during which one ran at its power cap, which is a legal operating point.
        reasons: windows by reason.
        na: why nothing is known.
    """

    windows_flagged: int | None = None
    windows_capped: int | None = None
    reasons: dict[str, int] = field(default_factory=dict)
    na: NotAvailable | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NeighbourValidity:
    """Who else computed meanwhile.

    Attributes:
        gpu_processes: the most foreign processes that computed on a GPU at once; None with `na` where not known.
        others_cores: how many cores others kept busy on average; for information, it makes no case invalid.
    """

    gpu_processes: int | None = None
    others_cores: float | None = None
    na: NotAvailable | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditValidity:
    """Whether timed answers came again untimed.

    Attributes:
        checked: measured windows that were answered again, over all rounds.
        mismatched: indices of those whose answer was another.
        reason: why nothing, or less than was asked for, was checked.
    """

    checked: int
    mismatched: list[int] = field(default_factory=list)
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AbsentTelemetry:
    """What could not be read of this machine, and why."""

    source: str
    reason: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TelemetryValidity:
    """Whether the machine was watched throughout.

    Attributes:
        gap_share: by source, the share of the measured time in which it was silent, 0..1.
        cost_cores: how much of a core watching took.
        na: why nobody watched.
    """

    gap_share: dict[str, float] = field(default_factory=dict)
    absent: list[AbsentTelemetry] = field(default_factory=list)
    cost_cores: float | None = None
    na: NotAvailable | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CapValidity:
    """Whether no more of a GPU was held than the case may hold.

    Attributes:
        cap_mib: that it may.
        peak_mib: the most that NVML listed for the trial's process or, where it hides that, that was in use by
            whomever; None with `na` where neither is known.
        is_of_process: which of the two.
    """

    cap_mib: float
    peak_mib: float | None = None
    is_of_process: bool = False
    na: NotAvailable | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Something that must be true of any whole recording, whatever was measured.

    Attributes:
        error: how far it is from being true; None with `na` where it says nothing of this case.
        limit: up to which it holds, in the same unit.
    """

    name: str
    error: float | None
    limit: float
    unit: str
    na: NotAvailable | None = None

    @property
    def is_broken(self) -> bool:
        """Whether it does not hold."""
        return self.error is not None and self.error > self.limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why a case's numbers are not to be trusted: the status that this alone would give, and what was found."""

    status: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Validity:
    """Whether the numbers of a case may be trusted, check by check; its numbers are kept whatever is found.

    Attributes:
        failures: all that makes it invalid, the one that gives the status first.
        cap: None where the case may hold all there is of a GPU.
    """

    harness: HarnessValidity
    clock: ClockValidity
    throttle: ThrottleValidity
    neighbours: NeighbourValidity
    audit: AuditValidity
    telemetry: TelemetryValidity
    identities: list[Identity]
    failures: list[Failure] = field(default_factory=list)
    cap: CapValidity | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SlowWindows:
    """Slow windows of one kind, and what was going on when they were slow. All of them count in every number.

    Attributes:
        kind: `late` after the case's deadline or never answered, `mild outlier` or `severe outlier` of compute time by
            Tukey's fences.
        causes: how many of them each cause hit; a window can have several.
        unexplained: how many nothing is known of.
    """

    kind: str
    count: int
    causes: dict[str, int]
    unexplained: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """What the shape of a case's times says.

    Attributes:
        code: stands for this kind of finding, e.g. `JB-SHAPE-001`.
        text: what was found.
        evidence: the numbers that it rests on.
        next: what to do about it.
    """

    code: str
    text: str
    evidence: dict[str, float]
    next: str
