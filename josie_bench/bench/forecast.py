"""What a run will do before it does it: minutes, engines to build, cases that will be skipped and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from josie_bench.backends import allocations_of
from josie_bench.bench.memory_forecast import computes_on_host, load_of, most_held_bytes, shortage
from josie_bench.bench.quality import cannot_judge
from josie_bench.bench.vram_forecast import vram_needed, vram_shortage
from josie_bench.engines.store import EngineRequest, find
from josie_bench.errors import EngineError, UnavailableError
from josie_bench.model.memory import FULL
from josie_bench.model.presets import find_sizes
from josie_bench.model.work import WindowShape, window_work
from josie_bench.plugins import find_member, member_names
from josie_bench.probes.memory import available_bytes
from josie_bench.probes.vram import free_bytes
from josie_bench.suites.pace import last_slot, paced_s
from josie_bench.terms.case import Case
from josie_bench.terms.timebase import s_from_ns

START_S = 4.0  # a fresh process with torch in it, on a small machine
BUILD_S = {True: 8.0, False: 0.5}  # one component, with and without an export; seen on a small machine
ITEM_S = 8.0  # of a corpus, in one task: a recogniser hears it twice for some 2 s each, and others judge; likewise
# FP32 weights that a process draws or reads: those of `josie-v4o` are 11.2 GB, and its case in `memory_v4o` took three
# minutes on such a machine, seen once (docs/memory.md); taken as one builder's and one trial's, for nobody timed these.
WEIGHT_BYTES_PER_S = 125e6
COMPILE_S = {"aotinductor": 40.0}  # one component through a C++ compiler, on the same machine


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseForecast:
    """What one case will do.

    Attributes:
        skip: why it will not be measured, or None.
        paced_s: least seconds of windows at their pace, warm-up included; None for a closed loop,
            0 in virtual time.
        weight_bytes: of its components' weights in FP32; 0 where nothing computes.
        to_build: components whose engines are not in the store.
        host_bytes: the most that a trial holds of the host's memory beyond its libraries, with what works beside it;
            None where no engine computes there.
        gpu_bytes: the same of a GPU's, less what fragments take; None where no engine computes there.
    """

    case: Case
    skip: str | None
    paced_s: float | None
    weight_bytes: int
    to_build: tuple[str, ...]
    host_bytes: int | None
    gpu_bytes: int | None

    @property
    def seconds(self) -> float:
        """Rough seconds of all trials, of a search the most; a closed loop counts as if a window took half its hop."""
        if self.skip is not None:
            return 0.0
        backend = self.case.backend
        builds = len(self.to_build) * COMPILE_S.get(backend, BUILD_S[bool(find_member("backends", backend).GRAPHS)])
        processes = self._trials + bool(self.to_build)  # that hold the weights
        windows_s = self._closed_s if self.paced_s is None else self.paced_s
        return builds + processes * self.weight_bytes / WEIGHT_BYTES_PER_S + self._trials * (START_S + windows_s)

    @property
    def _trials(self) -> int:
        """How many trials there are at most."""
        return self.case.rounds if self.case.capacity is None else self.case.capacity.probes

    @property
    def _closed_s(self) -> float:
        """Seconds of one round: of all items, or in a closed loop, warm-up included, at half its hop a window."""
        if self.case.judged is not None:
            return ITEM_S * self.case.judged.items * len(self.case.judged.tasks)
        warm_up_s = max(self.case.warm_up.seconds, self._half_s(self.case.warm_up.windows))
        return self.case.idle_s + warm_up_s + self._half_s(self.case.windows)

    def _half_s(self, windows: int) -> float:
        last = last_slot(self.case, windows)
        return s_from_ns(last.close_ns - (last.media_ns + last.hop_ns) / 2.0)


def forecast(cases: Sequence[Case], engines: Path) -> list[CaseForecast]:
    """Return what each case will do; nothing is run or built. An engine two cases share is counted once."""
    planned: set[str] = set()
    found: list[CaseForecast] = []
    for case in cases:
        skip = obstacle(case)
        missing = () if skip or case.is_virtual else _missing(case, engines, planned)
        host_bytes, gpu_bytes = _memory(case)
        found.append(
            CaseForecast(
                case=case,
                skip=skip,
                paced_s=paced_s(case),
                weight_bytes=_weight_bytes(case),
                to_build=missing,
                host_bytes=host_bytes,
                gpu_bytes=gpu_bytes,
            )
        )
    return found


def _weight_bytes(case: Case) -> int:
    sizes = find_sizes(case.model)
    components = window_work(sizes, WindowShape(frames=1)).components
    # The component of another package's modality has parameters that nobody here knows.
    known = (components[name] for name in load_of(case, sizes).storage if name in components)
    return sum(work.weight_bytes(FULL) for work in known)


def _memory(case: Case) -> tuple[int | None, int | None]:
    """Return what a trial of the case holds of the host's memory, and of a GPU's."""
    on_gpu = vram_needed(case, free_bytes=0.0)
    return (
        most_held_bytes(case) if computes_on_host(case) else None,
        None if on_gpu is None else on_gpu.total_bytes,
    )


def obstacle(case: Case) -> str | None:
    """Return why the case cannot be run here: what its engines cannot be, nothing to judge, or too little memory."""
    lacking = (_lacks(*pair, case.allocation) for pair in case.engines.pairs())
    if (reason := next(filter(None, lacking), None)) is not None:
        return reason
    unjudged = None
    if case.judged is not None:
        unjudged = cannot_judge(case.judged, case.model, lacks=case.dropout is not None)
    return unjudged or shortage(case, available_bytes()) or vram_shortage(case, free_bytes())


def _lacks(backend: str, precision: str, allocation: str) -> str | None:
    """Return why a backend cannot be used at a precision with memory taken so, anywhere or on this machine, or None."""
    member = find_member("backends", backend)
    if precision not in member.PRECISIONS:
        return f"{backend} has no precision {precision}: it has {', '.join(member.PRECISIONS)}"
    if allocation not in allocations_of(member):
        able = [
            name for name in member_names("backends") if allocation in allocations_of(find_member("backends", name))
        ]
        return f"allocation {allocation}: engines of {backend} cannot: take {' or '.join(able)}"
    reason: UnavailableError | None = member.unavailable()
    return None if reason is None else str(reason)


def _missing(case: Case, engines: Path, planned: set[str]) -> tuple[str, ...]:
    request = EngineRequest.of(case)
    names = []
    for component, recipe in request.recipes().items():
        if recipe.folder_name in planned:
            continue
        try:
            is_there = find(engines, recipe) is not None
        except EngineError:
            is_there = False
        if not is_there:
            names.append(component)
            planned.add(recipe.folder_name)
    return tuple(names)
