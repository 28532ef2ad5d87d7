"""The memory model: named terms with their bytes and formulas, and what fits beside them.

The paper's M_total = M_base + M_buffer + M_cache (section 8.1), with what it leaves out: what is carried besides keys
and values, the state before the last step, activations, and what a runtime takes for itself. Every term is computed
from shapes, or says why it has no number; those that can only be fitted, `objects`, `executors` and `code`, are fitted
on one preset and checked on another.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

from josie_bench.terms.gpu_reserve import GpuReserve
from josie_bench.terms.score import NotAvailable
from josie_bench.terms.timebase import s_from_ms, samples_in

# What each term is counted as in the paper's sum; the last two are not in it.
BASE, BUFFER, CACHE, ACTIVATIONS, RUNTIME = "M_base", "M_buffer", "M_cache", "M_activations", "M_runtime"
SUMMANDS = {
    "weights": BASE,
    "mapped": BASE,
    "packed": BASE,
    "reordered": BASE,
    "loading": BASE,
    "rings": CACHE,
    "tails": CACHE,
    "previous_state": CACHE,
    "audio_buffer": BUFFER,
    "video_buffer": BUFFER,
    "text_buffer": BUFFER,
    "activations": ACTIVATIONS,
    "scratch": ACTIVATIONS,
    "outgrown": ACTIVATIONS,
    "arena": ACTIVATIONS,
    "objects": RUNTIME,
    "kernels": RUNTIME,
    "executors": RUNTIME,
    "code": RUNTIME,
    "runtime_context": RUNTIME,
    "graphs": RUNTIME,
    "fragmentation": RUNTIME,
}
NOT_ALLOCATED = ("mapped", "code", "scratch")  # pages of files, which no allocator gave out, and what was given back
NOT_RESIDENT = ("arena",)  # given out and never touched: no page is behind it
SAMPLE_BYTES = 4  # a sound as the encoder takes it, FP32
PIXEL_BYTES = 3  # a byte for each colour
TOKEN_BYTES = 8  # an int64


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """One named part of what is held.

    Attributes:
        name: one of `SUMMANDS`.
        formula: in words.
        byte_count: of one session, or of all together where it is shared; 0 where `na` says why it is not known.
        part: the component it belongs to; None where it belongs to none.
        is_shared: whether it lies there once, however many sessions there are.
        is_lasting: whether it stays; else it is given back when the engines are loaded.
        na: why it has no number.
    """

    name: str
    formula: str
    byte_count: int = 0
    part: str | None = None
    is_shared: bool = False
    is_lasting: bool = True
    na: NotAvailable | None = None

    @property
    def key(self) -> str:
        """Its name with its component's."""
        return self.name if self.part is None else f"{self.name}.{self.part}"

    @property
    def summand(self) -> str:
        """What it is counted as in the paper's sum."""
        return SUMMANDS[self.name]


@dataclass(frozen=True, slots=True, kw_only=True)
class Footprint:
    """All that is held with so many sessions."""

    terms: tuple[Term, ...]
    sessions: int = 1

    @property
    def shared_bytes(self) -> int:
        """What stays and is held once."""
        return sum(term.byte_count for term in self.terms if term.is_shared and term.is_lasting)

    @property
    def session_bytes(self) -> int:
        """What one more session adds."""
        return sum(term.byte_count for term in self.terms if not term.is_shared and term.is_lasting)

    @property
    def total_bytes(self) -> int:
        """What stays: M_total."""
        return self.shared_bytes + self.sessions * self.session_bytes

    @property
    def peak_bytes(self) -> int:
        """The most that is held at any time: what stays, or what loading the weights takes where that is more."""
        loading = sum(term.byte_count for term in self.terms if term.summand == BASE)
        return max(self.total_bytes, loading)

    def held_bytes(self, term: Term) -> int:
        """Return what a term takes with all sessions."""
        return term.byte_count if term.is_shared else term.byte_count * self.sessions

    def by_name(self) -> dict[str, int]:
        """Return the bytes of terms by name, those of all components and sessions together; the largest first."""
        sums: dict[str, int] = {}
        for term in self.terms:
            sums[term.name] = sums.get(term.name, 0) + self.held_bytes(term)
        return dict(sorted(sums.items(), key=lambda pair: -pair[1]))

    def with_sessions(self, sessions: int) -> Footprint:
        """Return the same with another number of sessions."""
        return replace(self, sessions=sessions)

    def summands(self) -> dict[str, int]:
        """Return what stays by the summands of the paper's sum, in their order; those without bytes are left out."""
        sums = dict.fromkeys(SUMMANDS.values(), 0)
        for term in self.terms:
            if term.is_lasting:
                sums[term.summand] += self.held_bytes(term)
        return {name: count for name, count in sums.items() if count}


def largest(fits: Callable[[int], bool], most: int) -> int | None:
    """Return the largest of 1 … `most` that fits, where all below one that fits do too; None where not even 1 does.

    >>> largest(lambda count: count * 3 <= 10, 100)
    3
    """
    if not fits(1):
        return None
    low, high = 1, most
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(middle) else (low, middle - 1)
    return low


def audio_buffer_bytes(window_ms: float, sample_rate_hz: int, sample_bytes: int = SAMPLE_BYTES) -> int:
    """Return what a window of sound takes: ⌊W · f_s⌋ samples.

    >>> audio_buffer_bytes(300.0, 16_000, sample_bytes=2)
    9600
    """
    return samples_in(window_ms, sample_rate_hz) * sample_bytes


def video_buffer_bytes(window_ms: float, fps: float, width: int, height: int) -> int:
    """Return what a window of video takes: ⌈fps · W⌉ pictures of three colours.

    >>> video_buffer_bytes(300.0, 30.0, 1920, 1080)
    55987200
    """
    return math.ceil(fps * s_from_ms(window_ms) - 1e-9) * width * height * PIXEL_BYTES


def pool_regions(weights: int, needed: int, region_bytes: int) -> list[int]:
    """Return the regions of a pool in which weights lie and `needed` was taken piece by piece, then all in one.

    A pool grows by a region for each piece that finds no room, the first of `region_bytes`, each twice as large as the
    one before. Where a piece is larger, the region is doubled until it holds that, and the next is as large again.

    >>> [pool_regions(0, needed, 10) for needed in (10, 11, 25)]
    [[10], [10, 20], [10, 20, 40]]
    >>> pool_regions(15, 25, 10)
    [20, 20, 40]
    """
    regions: list[int] = []
    following = region_bytes

    def grow(piece: int) -> None:
        nonlocal following
        doubles = piece <= following
        while following < piece:
            following *= 2
        regions.append(following)
        following *= 2 if doubles else 1

    if weights:
        grow(weights)
    while sum(regions) - weights < needed:
        grow(1)
    if max(_free(regions, weights)) < needed:
        grow(needed)
    return regions


def pool_rest(weights: int, needed: int, region_bytes: int) -> tuple[int, int]:
    """Return what of such a pool was touched piece by piece and lies beside `needed` now, and what nothing touches.

    >>> pool_rest(0, 25, 10)
    (25, 20)
    """
    free = _free(pool_regions(weights, needed, region_bytes), weights)
    others = sum(free) - min(room for room in free if room >= needed)
    outgrown = min(needed, others)
    return outgrown, sum(free) - needed - outgrown


def _free(regions: list[int], weights: int) -> list[int]:
    return [room - (0 if place else weights) for place, room in enumerate(regions)]


def absent(name: str, formula: str, reason: str, detail: str) -> Term:
    """Return a term without a number, and why."""
    return Term(name=name, formula=formula, is_shared=True, na=NotAvailable(reason=reason, detail=detail))


def without_device() -> tuple[Term, ...]:
    """Return the terms that only a GPU has, as they stand on a CPU."""
    reason = "no_device"
    return (
        absent("runtime_context", "driver, libraries and workspaces on the device", reason, "a CPU has no context"),
        absent("graphs", "captured CUDA graphs", reason, "a CPU captures none"),
        absent(
            "fragmentation",
            "what the allocator holds and nobody uses",
            reason,
            "on a CPU it is measured (memory_prediction.free), not predicted",
        ),
    )


def with_gpu(context_bytes: int | None) -> tuple[Term, ...]:
    """Return the terms that only a GPU has, where what is held is to be measured beside them.

    Args:
        context_bytes: for the driver's context, as it was fitted; None where nobody has.
    """
    formula = "the driver's context and workspaces, fitted on `tiny`"
    context = Term(name="runtime_context", formula=formula, byte_count=context_bytes or 0, is_shared=True)
    if context_bytes is None:
        context = absent("runtime_context", formula, "not_fitted", "nobody with a GPU has fitted it yet")
    return (
        context,
        absent("graphs", "captured CUDA graphs", "not_captured", "what they take is not predicted"),
        absent(
            "fragmentation",
            "what the allocator holds and nobody uses",
            "not_predicted",
            "it is measured (process_vram.fragmentation), not predicted",
        ),
    )


def on_device(memory_bytes: float, reserve: GpuReserve) -> tuple[Term, ...]:
    """Return what a GPU's runtime takes of its memory.

    Args:
        memory_bytes: of the GPU.
        reserve: what counts as taken.
    """
    told = {is_given: "as it was given" if is_given else "assumed, not measured" for is_given in (True, False)}
    return (
        Term(
            name="runtime_context",
            formula=f"the driver's context and workspaces: {told[reserve.context is not None]}",
            byte_count=reserve.context_bytes,
            is_shared=True,
        ),
        absent("graphs", "captured CUDA graphs", "not_captured", "what a captured graph takes was never measured"),
        Term(
            name="fragmentation",
            formula=f"{reserve.lost_share:.3g} of the GPU's memory: {told[reserve.fragments is not None]}",
            byte_count=math.ceil(reserve.lost_share * memory_bytes),
            is_shared=True,
        ),
    )
