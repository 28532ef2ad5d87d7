"""How many sessions the roof over a case would allow: a GPU's by its maker's figures, a CPU's as it is measured here.

A CPU's is the least time that its measured bandwidth and products leave for each component, one after the other, as in
`josie-bench profile`; no library's overhead is in it. Where nothing is known of a roof the reason stands there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from josie_bench.bench.memory_forecast import backends_on_gpu, is_on_gpu, load_of
from josie_bench.bench.room import Room
from josie_bench.model.presets import find_sizes
from josie_bench.model.work import WindowShape, ring_capacities, window_work
from josie_bench.probes.peak import memory_buffer_bytes
from josie_bench.terms.accelerator import ACCELERATORS, Accelerator, accelerator_of
from josie_bench.terms.capacity import CapacityLimit
from josie_bench.terms.case import Case
from josie_bench.terms.memory_model import largest
from josie_bench.terms.profiling import Roof
from josie_bench.terms.roofline import Demand, Floor, sessions_in_time
from josie_bench.terms.score import NotAvailable

ROOFLINE = "roofline"
NO_DEVICE, NO_PEAK = "no_device", "no_peak"
FULL = "fp32"  # the peak that makers' figures give here is that of products at 16 bits
MOST_IN_TIME = 10**6
OF_GPU = "bytes over bandwidth and FLOPs over peak of a GPU, in windows in which all work and all rings are full"
OF_CPU = (
    "the longer of bytes over bandwidth and FLOPs over peak of each component, both as measured here, "
    "in windows in which all work and all rings are full"
)
GIGA = 1e9


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """A component under its roof."""

    demand: Demand
    roof: Roof

    def floor(self, sessions: int) -> Floor | None:
        """Return the least that it takes for a window of each of so many sessions."""
        demand = self.demand
        return self.roof.floor(
            flops=sessions * demand.session_flops,
            read_bytes=demand.shared_read_bytes + sessions * demand.session_read_bytes,
            hop_ms=demand.hop_ms,
        )


def roofline_limit(case: Case, room: Room) -> CapacityLimit:
    """Return with how many sessions the roof is reached; of mixed engines those on a GPU count."""
    if not backends_on_gpu(case):
        return _on_cpu(case, room)
    found = _published(case, room)
    if isinstance(found, NotAvailable):
        return CapacityLimit(name=ROOFLINE, formula=OF_GPU, na=found)
    return CapacityLimit(name=ROOFLINE, formula=OF_GPU, sessions=sessions_in_time(demand_of(case), found))


def demand_of(case: Case) -> Demand:
    """Return what the case's components on a GPU ask of it for each window, at most: all work, and all rings are full.

    Sessions that are answered one after the other read the weights anew, each for itself.
    """
    parts = [demand for name, demand in _demands(case).items() if is_on_gpu(case, name)]
    return Demand(
        hop_ms=case.hop_ms,
        shared_read_bytes=sum(part.shared_read_bytes for part in parts),
        session_read_bytes=sum(part.session_read_bytes for part in parts),
        session_flops=sum(part.session_flops for part in parts),
        weight_bytes=sum(part.weight_bytes for part in parts),
        state_bytes=sum(part.state_bytes for part in parts),
    )


def _demands(case: Case) -> Mapping[str, Demand]:
    """Return the same by component; what encoders of other packages compute is not known."""
    sizes = find_sizes(case.model)
    load = load_of(case, sizes)
    shape = WindowShape(
        frames=round(case.hop_ms / sizes.frame_ms),
        tokens=load.tokens * load.patches,
        context=sum(ring_capacities(sizes).values()),
    )
    works = window_work(sizes, shape).components
    found = {}
    for name in filter(works.__contains__, load.storage):
        work, precision = works[name], case.engines.of(name)[1]
        demand = Demand(
            hop_ms=case.hop_ms,
            shared_read_bytes=work.weight_read_bytes(precision),
            session_read_bytes=work.state_read_bytes(precision),
            session_flops=work.flops,
            weight_bytes=work.weight_bytes(precision),
            state_bytes=work.state_bytes(precision),
        )
        found[name] = demand if case.sessions.is_batched else _alone(demand)
    return found


def _alone(demand: Demand) -> Demand:
    read_bytes = demand.shared_read_bytes + demand.session_read_bytes
    return replace(demand, shared_read_bytes=0.0, session_read_bytes=read_bytes)


def _published(case: Case, room: Room) -> Accelerator | NotAvailable:
    """Return the GPU's published figures, or why none hold for the case."""
    if room.gpu is None:
        return NotAvailable(reason=NO_DEVICE, detail=room.gpu_reason or "no GPU is known here")
    name = str(room.gpu["name"])
    if room.gpu.get("mig"):
        return NotAvailable(reason="divided_device", detail=f"{name} is divided (MIG): what a part reaches is unknown")
    accelerator = accelerator_of(name)
    if accelerator is None:
        known = ", ".join(gpu.name for gpu in ACCELERATORS)
        detail = f"bandwidth and peak of {name} are not known here, those of {known} are"
        return NotAvailable(reason="unknown_device", detail=detail)
    if any(case.engines.of(component)[1] == FULL for component in _demands(case) if is_on_gpu(case, component)):
        detail = "what is published of the GPU here is its peak at 16 bits, not FP32"
        return NotAvailable(reason=NO_PEAK, detail=detail)
    return accelerator


def _on_cpu(case: Case, room: Room) -> CapacityLimit:
    demands = _demands(case)
    if not demands:
        detail = f"backend {case.backend} computes nothing that a roof is over"
        return CapacityLimit(name=ROOFLINE, formula=OF_CPU, na=NotAvailable(reason="no_model", detail=detail))
    held = round(sum(demand.weight_bytes + demand.state_bytes for demand in demands.values()))
    buffer_bytes = min(held, memory_buffer_bytes())  # a larger one is read no slower, and there may be no room for it
    parts = [
        _Part(demand=demand, roof=room.roof("cpu", case.engines.of(name)[1], case.threads, buffer_bytes))
        for name, demand in demands.items()
    ]
    for part in parts:
        if part.roof.flops_per_s is None:
            na = NotAvailable(reason=NO_PEAK, detail=part.roof.reason or "its products could not be timed")
            return CapacityLimit(name=ROOFLINE, formula=OF_CPU, na=na)
    count = largest(lambda sessions: sum(_spans(parts, sessions).values()) <= case.hop_ms, MOST_IN_TIME) or 0
    return CapacityLimit(name=ROOFLINE, formula=f"{OF_CPU}: {_told(parts, count)}", sessions=count)


def _spans(parts: Sequence[_Part], sessions: int) -> Mapping[str, float]:
    """Return the least ms for a window of each of so many sessions, by what binds there: `bandwidth` or `compute`."""
    spans: dict[str, float] = defaultdict(float)
    for floor in (part.floor(sessions) for part in parts):
        assert floor is not None, "each has a peak"
        spans[floor.binds] += floor.ms
    return spans


def _told(parts: Sequence[_Part], sessions: int) -> str:
    """Return in words what was measured, and which of the two binds in most of the time."""
    roofs = dict.fromkeys(part.roof for part in parts)
    spans = _spans(parts, max(sessions, 1))
    return f"{'; '.join(_words(roofs))}; {max(spans, key=lambda name: spans[name])} binds"


def _words(roofs: Mapping[Roof, None]) -> Iterator[str]:
    for roof in roofs:
        assert roof.flops_per_s is not None
        threads = f"{roof.threads} thread{'s' * (roof.threads > 1)}"
        speeds = f"{roof.bytes_per_s / GIGA:.1f} GB/s and {roof.flops_per_s / GIGA:.0f} GFLOP/s"
        yield f"{speeds} at {roof.precision} with {threads}"
