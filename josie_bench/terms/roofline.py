"""The roofline: what a window must cost on a GPU at least, and how many sessions can share one.

A floor, not a forecast: nothing runs faster, and a window of thousands of small kernels runs slower.
"""

from __future__ import annotations

from dataclasses import dataclass

from josie_bench.terms.accelerator import GIB, Accelerator
from josie_bench.terms.timebase import ms_from_s

# What good kernels reach: most of the bandwidth, half of the peak. Both are judgements, not measurements.
BANDWIDTH_SHARE = 0.85
FLOPS_SHARE = 0.5
# What a runtime leaves of the memory for weights and state: a tenth is lost to fragments and to the display, and half
# a GiB goes to the driver's context and workspaces.
MEMORY_SHARE = 0.9
RUNTIME_BYTES = GIB // 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """What is asked of a GPU for one window.

    Attributes:
        hop_ms: a window comes this often.
        shared_read_bytes: weights, read once for all sessions that step together.
        session_read_bytes: each session's state.
        session_flops: of each session.
        weight_bytes: that lie in memory once.
        state_bytes: that lie in memory for each session.
    """

    hop_ms: float
    shared_read_bytes: float
    session_read_bytes: float
    session_flops: float
    weight_bytes: float
    state_bytes: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """The least that one window of one session costs.

    Attributes:
        read_ms: all bytes at the published bandwidth.
        compute_ms: all FLOPs at the published peak.
        hop_ms: what there is.
    """

    read_ms: float
    compute_ms: float
    hop_ms: float

    @property
    def ms(self) -> float:
        """Return the longer of the two: at best they overlap."""
        return max(self.read_ms, self.compute_ms)

    @property
    def binds(self) -> str:
        """Return which is longer, `bandwidth` or `compute`."""
        return "bandwidth" if self.read_ms >= self.compute_ms else "compute"

    @property
    def share(self) -> float:
        """Return the part of the hop that it takes."""
        return self.ms / self.hop_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Sessions:
    """How many sessions one GPU holds.

    Attributes:
        in_time: that answer within the hop.
        in_memory: whose state lies beside the weights.
    """

    in_time: int
    in_memory: int

    @property
    def count(self) -> int:
        """Return the fewer of the two."""
        return min(self.in_time, self.in_memory)

    @property
    def binds(self) -> str:
        """Return which is fewer, `time` or `memory`."""
        return "time" if self.in_time <= self.in_memory else "memory"


def floor_of(demand: Demand, accelerator: Accelerator) -> Floor:
    """Return the floor of one session's window: max(bytes / bandwidth, FLOPs / peak)."""
    read_bytes = demand.shared_read_bytes + demand.session_read_bytes
    return Floor(
        read_ms=ms_from_s(read_bytes / accelerator.bytes_per_s),
        compute_ms=ms_from_s(demand.session_flops / accelerator.flops_per_s),
        hop_ms=demand.hop_ms,
    )


def sessions_on(demand: Demand, accelerator: Accelerator) -> Sessions:
    """Return how many sessions a GPU holds: in time, and in memory (0.9 · memory − 0.5 GiB − weights) / state."""
    left_bytes = MEMORY_SHARE * accelerator.memory_bytes - RUNTIME_BYTES - demand.weight_bytes
    return Sessions(
        in_time=sessions_in_time(demand, accelerator),
        in_memory=max(0, int(left_bytes // demand.state_bytes)),
    )


def sessions_in_time(demand: Demand, accelerator: Accelerator) -> int:
    """Return with how many sessions a GPU answers within the hop, the most N with

    (shared + N · session bytes) / (0.85 · bandwidth) + N · FLOPs / (0.5 · peak) ≤ hop,

    reading and computing one after the other.
    """
    bytes_per_ms = BANDWIDTH_SHARE * accelerator.bytes_per_s / ms_from_s(1.0)
    flops_per_ms = FLOPS_SHARE * accelerator.flops_per_s / ms_from_s(1.0)
    left_ms = demand.hop_ms - demand.shared_read_bytes / bytes_per_ms
    each_ms = demand.session_read_bytes / bytes_per_ms + demand.session_flops / flops_per_ms
    return max(0, int(left_ms // each_ms))
