"""What fits into a GPU's memory: the largest of everything, and what to change where nothing does. Nothing is run.

Engines are those of `ENGINES`: what `plan` counts of a case on it, this counts.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from josie_bench.bench.memory_forecast import engine_storage
from josie_bench.model.memory import Load, Video, model_terms
from josie_bench.model.presets import PRESETS, with_context
from josie_bench.model.sizes import ModelSizes
from josie_bench.model.work import ring_capacities
from josie_bench.plugins import find_member
from josie_bench.terms.accelerator import ACCELERATORS
from josie_bench.terms.gpu_reserve import GpuReserve
from josie_bench.terms.memory_model import Footprint, largest, on_device
from josie_bench.terms.precision import WEIGHT_BYTES

ENGINES = "tensorrt"  # the backend whose engines are counted
NARROWER = ("fp16", "int8")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What is to fit.

    Attributes:
        frames: of the codec in a window.
        context: positions that the temporal rings keep, of both kinds together.
        width, height, fps: of the video that is buffered for a window.
        tokens: the most of vision in a window.
        reserve: what of the GPU's memory counts as taken by its runtime.
    """

    sizes: ModelSizes
    precision: str
    frames: int
    context: int
    width: int
    height: int
    fps: float
    tokens: int
    sessions: int = 1
    reserve: GpuReserve = field(default_factory=GpuReserve)

    @property
    def seen_tokens(self) -> int:
        """The most tokens that the picture can become within the budget; it is never enlarged."""
        pixels = self.sizes.vision.token_pixels
        return min(self.tokens, -(-self.height // pixels) * -(-self.width // pixels))


Axis = Callable[[Ask, int], Ask]


def precisions() -> tuple[str, ...]:
    """Return those that engines can be asked for."""
    found: tuple[str, ...] = find_member("backends", ENGINES).PRECISIONS
    return found


def _at_height(ask: Ask, height: int) -> Ask:
    return replace(ask, height=height, width=max(1, round(height * ask.width / ask.height)))


# What can be asked for more or less of, with the most that is looked at.
AXES: dict[str, tuple[Axis, int]] = {
    "sessions": (lambda ask, count: replace(ask, sessions=count), 10**6),
    "window": (lambda ask, count: replace(ask, frames=count), 12_000),
    "context": (lambda ask, count: replace(ask, context=count), 10**8),
    "resolution": (_at_height, 8_640),
    "tokens": (lambda ask, count: replace(ask, tokens=count), 10**5),
}


def footprint_on(ask: Ask, memory_bytes: float) -> Footprint:
    """Return what would be held in a GPU of so much memory, its runtime included."""
    sizes = with_context(ask.sizes, ask.context)
    storage = engine_storage(ENGINES, ask.precision)
    assert storage is not None, "its engines compute"
    load = Load(
        frames=ask.frames,
        tokens=ask.seen_tokens,
        video=Video(width=ask.width, height=ask.height, fps=ask.fps),
        storage=dict.fromkeys(sizes.components, storage),
    )
    return Footprint(terms=(*model_terms(sizes, load), *on_device(memory_bytes, ask.reserve)), sessions=ask.sessions)


def fits(ask: Ask, memory_bytes: float) -> bool:
    """Return whether it does."""
    return footprint_on(ask, memory_bytes).total_bytes <= memory_bytes


def needed_bytes(ask: Ask) -> int:
    """Return the memory of a GPU that holds what is asked, of which hardly less does."""
    held, kept = footprint_on(ask, 0.0).total_bytes, 1.0 - ask.reserve.lost_share
    needed = math.ceil(held / kept)
    return needed if fits(ask, needed) else math.ceil((held + 1) / kept)  # a part of a byte that is lost counts as one


def _largest(ask: Ask, axis: str, memory_bytes: float) -> int | None:
    move, most = AXES[axis]

    def holds(count: int) -> bool:
        return fits(move(ask, count), memory_bytes)

    return largest(holds, most)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change after which it fits.

    Attributes:
        option: of the command line.
        ask: with the change made.
    """

    option: str
    ask: Ask


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What was asked, and what becomes of it in a GPU of so much memory.

    Attributes:
        largest: the most of each of `AXES` that fits, all else as asked; None where not even 1 does.
        changes: single changes after each of which it fits; empty where it does, or none is enough.
        gpus: those that hold it as asked.
    """

    ask: Ask
    memory_bytes: int
    footprint: Footprint
    largest: dict[str, int | None]
    changes: tuple[Change, ...]
    gpus: tuple[str, ...]

    @property
    def does_fit(self) -> bool:
        """Whether it does."""
        return self.footprint.total_bytes <= self.memory_bytes


def answer(ask: Ask, memory_bytes: int) -> Answer:
    """Return what becomes of what is asked."""
    candidates = () if fits(ask, memory_bytes) else _candidates(ask, memory_bytes)
    return Answer(
        ask=ask,
        memory_bytes=memory_bytes,
        footprint=footprint_on(ask, memory_bytes),
        largest={axis: _largest(ask, axis, memory_bytes) for axis in AXES},
        changes=tuple(change for change in candidates if fits(change.ask, memory_bytes)),
        gpus=tuple(gpu.name for gpu in ACCELERATORS if fits(ask, gpu.memory_bytes)),
    )


def _candidates(ask: Ask, memory_bytes: float) -> Iterator[Change]:
    narrow = WEIGHT_BYTES[ask.precision]
    for precision in NARROWER:
        if WEIGHT_BYTES[precision] < narrow:
            yield Change(option="precision", ask=replace(ask, precision=precision))
    for axis, (move, _) in AXES.items():
        most = _largest(ask, axis, memory_bytes)
        if most is not None:
            yield Change(option=axis, ask=move(ask, most))
    for sizes in PRESETS.values():
        if sum(ring_capacities(sizes).values()) < sum(ring_capacities(ask.sizes).values()):
            yield Change(option="preset", ask=replace(ask, sizes=sizes, context=sum(ring_capacities(sizes).values())))
