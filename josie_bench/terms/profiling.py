"""What a profile found: by component, how long it takes, what it computes and reads, and where its time goes.

Profiling perturbs. Its times stand in `profile.json` alone and never among latencies.
"""

from __future__ import annotations

from dataclasses import dataclass

from josie_bench.terms.roofline import Floor
from josie_bench.terms.score import Score
from josie_bench.terms.timebase import ms_from_s

NEAR = 0.5  # of the roof: then the roof is what binds, else it is what stands between the two
DISPATCH, KERNELS, UNKNOWN = "dispatch", "kernels", "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorTime:
    """What the calls of one operator or kernel took together."""

    name: str
    calls: int
    took_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Operators:
    """What an engine's operators took while a profiler watched.

    Attributes:
        calls: of the engine.
        call_ns: what these took together, the profiler's own work in it.
        times: of each kind of operator or kernel without those that it calls; those that took most first.
    """

    calls: int
    call_ns: int
    times: tuple[OperatorTime, ...]

    @property
    def dispatch_share(self) -> float:
        """Return the share of the calls' time in which no operator ran: finding and calling them, and the profiler."""
        return max(0.0, 1.0 - sum(time.took_ns for time in self.times) / self.call_ns)


@dataclass(frozen=True, slots=True, kw_only=True)
class Roof:
    """The most that this machine did when it was asked for nothing else.

    Attributes:
        device: `cpu` or `cuda`.
        precision: of the products.
        threads: that computed.
        flops_per_s: of large matrix products; None where they could not be measured.
        bytes_per_s: read over and over of a buffer as large as what the model holds.
        buffer_bytes: how large that is.
        memory_bytes_per_s: read of a buffer that no cache holds.
        reason: why there is no `flops_per_s`.
    """

    device: str
    precision: str
    threads: int
    flops_per_s: float | None
    bytes_per_s: float
    buffer_bytes: int
    memory_bytes_per_s: float
    reason: str | None = None

    def floor(self, *, flops: float, read_bytes: float, hop_ms: float) -> Floor | None:
        """Return the least time that this leaves for a window; None where it is not known whole."""
        if self.flops_per_s is None:
            return None
        return Floor(
            read_ms=ms_from_s(read_bytes / self.bytes_per_s),
            compute_ms=ms_from_s(flops / self.flops_per_s),
            hop_ms=hop_ms,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentProfile:
    """One component of a case.

    Attributes:
        time_ms: its median time in a window that calls it, all its calls there together, without any profiler.
        calls: in a window, on average.
        flops, read_bytes: what it computes and reads at least in a window.
        roof: of the machine, for its engine.
        floor: the least time that the roof leaves for a window; None where it is not known whole.
        operators: where the time of its calls goes; None with the reason why nobody can tell.
        operators_reason: that reason.
    """

    component: str
    backend: str
    precision: str
    time_ms: Score
    calls: float
    flops: float
    read_bytes: float
    roof: Roof
    floor: Floor | None
    operators: Operators | None = None
    operators_reason: str | None = None

    @property
    def intensity(self) -> float:
        """Return the FLOPs for each byte that is read."""
        return self.flops / self.read_bytes

    @property
    def roof_share(self) -> float | None:
        """Return the floor ÷ the time: 1 is on the roof; above, what it reads came from a nearer cache."""
        return None if self.floor is None or self.time_ms.value is None else self.floor.ms / self.time_ms.value

    @property
    def bound(self) -> str:
        """Return what binds: the roof's `compute` or `bandwidth` from half of it on.

        Below it is `dispatch` where for half of the time no operator runs, `kernels` where operators run that are far
        from the roof, `unknown` where nobody can tell.
        """
        if self.floor is not None and self.roof_share is not None and self.roof_share >= NEAR:
            return self.floor.binds
        if self.operators is None or self.floor is None:
            return UNKNOWN
        return DISPATCH if self.operators.dispatch_share >= NEAR else KERNELS


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseProfile:
    """A profiled case.

    Attributes:
        case: its id.
        windows: that were timed without a profiler, and `watched` by one.
        slowed: median time of a watched window ÷ that of one without, the making of the profiler's events in it.
        components: in the order of the model.
    """

    case: str
    preset: str
    window_ms: float
    windows: int
    watched: int
    slowed: float
    components: tuple[ComponentProfile, ...]
