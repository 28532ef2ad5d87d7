"""What binds each component of a case: its time without a profiler, the roof above it, and its operators with one.

All in this process, in a closed loop, one session: the case's windows twice over, once as they are and once watched.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from types import ModuleType

import numpy as np

from josie_bench.backends import EngineSource, Executable, Observed, computes_on_gpu
from josie_bench.bench.audit import NO_ANSWERS
from josie_bench.bench.media import load_media
from josie_bench.bench.roof import roof_of
from josie_bench.engines.manifest import Manifest
from josie_bench.errors import UnavailableError, UsageError
from josie_bench.model.presets import find_sizes
from josie_bench.model.sizes import COMPONENTS, ModelSizes
from josie_bench.model.work import WindowShape, ring_capacities, window_work
from josie_bench.plugins import find_member
from josie_bench.probes.latency import now_ns
from josie_bench.runtime.session import open_session
from josie_bench.runtime.step import Step
from josie_bench.scenarios import cut_window
from josie_bench.statistics.percentiles import percentile_scores
from josie_bench.statistics.series import as_ms
from josie_bench.terms.case import Case
from josie_bench.terms.conversation import Conversation
from josie_bench.terms.profiling import CaseProfile, ComponentProfile, Operators
from josie_bench.terms.recording import Ints

WINDOWS, WATCHED, WARM_UP = 60, 6, 8
UNTIMED = ("compared", "judged")  # arrivals of scenarios in which no clock runs
Wrap = Callable[[str, Executable], Executable]


@dataclass(frozen=True, slots=True, kw_only=True)
class Driven:
    """What was seen of some windows, warm-up left out.

    Attributes:
        took_ns: `[windows]` of each.
        part_ns: by component `[windows]`, all its calls together; 0 where it was not called.
        calls: by component, in all of them.
        shapes: `[windows]` what came in each.
    """

    took_ns: Ints
    part_ns: Mapping[str, Ints]
    calls: Mapping[str, int]
    shapes: Sequence[WindowShape]


def as_profiled(case: Case) -> Case:
    """Return the case as it is profiled: every component does all its work in every window.

    Raises:
        UsageError: it times nothing, no component computes anything in it, or it is not one session left alone.
    """
    if find_member("scenarios", case.scenario).ARRIVAL in UNTIMED:
        raise UsageError(f"{case.id}: scenario {case.scenario} times nothing: choose a case of compute or realtime")
    for backend, _ in case.engines.pairs():
        if backend in NO_ANSWERS:
            raise UsageError(f"{case.id}: backend {backend} computes nothing: choose a case of another")
    if case.faults or not case.beside.is_nothing or case.sessions.is_many:
        what = "its engines can be asked of one session that is left alone"
        raise UsageError(f"{case.id}: {what}: choose a case without sessions, stay, visits, faults, beside")
    return replace(case, conversation=Conversation(), engines=replace(case.engines, fused=False))


def profile_case(
    case: Case, engines: Mapping[str, Manifest], *, windows: int, mark: Wrap = lambda _, executable: executable
) -> CaseProfile:
    """Return what binds each component.

    Args:
        case: from `as_profiled`.
        engines: by component.
        windows: that are timed.
        mark: put around each engine of the timed windows, for another profiler to see its calls.

    Raises:
        EngineError: an engine cannot be loaded.
        MediaError: what is heard or seen cannot be read.
    """
    sizes = find_sizes(case.model)
    timed = _drive(case, sizes, open_session(case, sizes, engines, wrap=mark), windows)
    watched, found = _watch(case, sizes, engines)
    known = [name for name in engines if name in COMPONENTS]  # what encoders of other packages compute is not
    return CaseProfile(
        case=case.id,
        preset=sizes.name,
        window_ms=case.window_ms,
        windows=windows,
        watched=WATCHED,
        slowed=float(np.median(watched.took_ns) / np.median(timed.took_ns)),
        components=tuple(_component(case, sizes, name, timed, found[name]) for name in known if timed.calls[name]),
    )


def mean_work(sizes: ModelSizes, component: str, precision: str, shapes: Sequence[WindowShape]) -> tuple[float, float]:
    """Return the FLOPs and the bytes read that a component needs in a window, on average over some."""
    works = [window_work(sizes, shape).components[component] for shape in shapes]
    flops = sum(work.flops for work in works)
    return flops / len(works), sum(work.read_bytes(precision) for work in works) / len(works)


def _component(
    case: Case, sizes: ModelSizes, name: str, timed: Driven, seen: Operators | UnavailableError
) -> ComponentProfile:
    backend, precision = case.engines.of(name)
    held = window_work(sizes, timed.shapes[-1]).total
    roof = roof_of(
        "cuda" if computes_on_gpu(find_member("backends", backend)) else "cpu",
        precision,
        case.threads,
        held.weight_bytes(precision) + held.state_bytes(precision),
    )
    flops, read_bytes = mean_work(sizes, name, precision, timed.shapes)
    took_ns = timed.part_ns[name]
    return ComponentProfile(
        component=name,
        backend=backend,
        precision=precision,
        time_ms=percentile_scores(as_ms(took_ns[took_ns > 0]), (50.0,))["p50"],
        calls=timed.calls[name] / len(took_ns),
        flops=flops,
        read_bytes=read_bytes,
        roof=roof,
        floor=roof.floor(flops=flops, read_bytes=read_bytes, hop_ms=case.hop_ms),
        operators=None if isinstance(seen, UnavailableError) else seen,
        operators_reason=str(seen) if isinstance(seen, UnavailableError) else None,
    )


def _watch(
    case: Case, sizes: ModelSizes, engines: Mapping[str, Manifest]
) -> tuple[Driven, dict[str, Operators | UnavailableError]]:
    """Return some windows under the profilers, and what these tell of each component, or why they do not."""
    seen: dict[str, Observed] = {}
    shut: dict[str, UnavailableError] = {}

    def load(member: ModuleType, source: EngineSource) -> Executable:
        try:
            seen[source.component] = observed(member, source)
        except UnavailableError as reason:
            shut[source.component] = reason
            loaded: Executable = member.load(source)
            return loaded
        return seen[source.component]

    def begin() -> None:
        for engine in seen.values():
            engine.forget()

    watched = _drive(case, sizes, open_session(case, sizes, engines, load=load), WATCHED, on_warm=begin)
    return watched, shut | {name: engine.operators() for name, engine in seen.items()}


def observed(member: ModuleType, source: EngineSource) -> Observed:
    """Return an engine that a profiler watches.

    Raises:
        UnavailableError: nothing tells of its operators.
    """
    if not hasattr(member, "observe"):
        raise UnavailableError("nothing tells of its operators")
    found: Observed = member.observe(source)
    return found


def _drive(
    case: Case, sizes: ModelSizes, step: Step, windows: int, on_warm: Callable[[], None] = lambda: None
) -> Driven:
    """Give a step the case's windows, one behind the other, and return what it took behind the warm-up."""
    media, _ = load_media(case, sizes.audio.sample_rate_hz)
    came: list[WindowShape] = []
    took: list[int] = []
    parts: list[Counter[str]] = []
    calls: Counter[str] = Counter()
    for slot in islice(case.slots(), WARM_UP + windows):
        window = cut_window(case, media, slot, sizes.frame_ms)
        if slot.index == WARM_UP:
            on_warm()
        start_ns = now_ns()
        answer = step(window)
        took.append(now_ns() - start_ns)
        came.append(shape_of(sizes, came, window.frame_count, answer.vision_tokens))
        parts.append(Counter())
        on_gpu = step.gpu_spans()
        told = {span.name for span in on_gpu}
        spans = [span for span in answer.spans if span[0] not in told] + [span[:3] for span in on_gpu]
        for name, begun_ns, ended_ns in spans:
            parts[-1][name] += ended_ns - begun_ns
            calls[name] += slot.index >= WARM_UP
    return Driven(
        took_ns=np.array(took[WARM_UP:], dtype=np.int64),
        part_ns={name: np.array([part[name] for part in parts[WARM_UP:]], dtype=np.int64) for name in sizes.components},
        calls=calls,
        shapes=came[WARM_UP:],
    )


def shape_of(sizes: ModelSizes, before: Sequence[WindowShape], frames: int, tokens: int) -> WindowShape:
    """Return what came in a window, with the positions that the rings held of those before."""
    capacities = ring_capacities(sizes)
    held = min(capacities["frame"], sum(shape.frames for shape in before))
    seen = min(capacities["vision"], sum(shape.tokens for shape in before))
    return WindowShape(frames=frames, tokens=tokens, context=held + seen)
