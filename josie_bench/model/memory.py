"""The terms of the memory model that follow from a model's sizes: weights, state, activations, buffers. No torch here.

Parameters and state are those of `work.py`, which equals the torch model. What a codec alone holds is said too; it has
no rings but its own, and nothing is seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from josie_bench.model.activations import (
    Numbers,
    audio_decoder_activations,
    audio_encoder_activations,
    depth_activations,
    numbers_at,
    temporal_activations,
    vision_encoder_activations,
)
from josie_bench.model.codec_work import audio_quantizer
from josie_bench.model.layer_work import Work
from josie_bench.model.sizes import CodecSizes, ModelSizes
from josie_bench.model.work import WindowShape, codec_frame_ms, ring_capacities, window_work
from josie_bench.terms.memory_model import (
    TOKEN_BYTES,
    Term,
    absent,
    audio_buffer_bytes,
    pool_rest,
    video_buffer_bytes,
)

FULL = "fp32"  # weights are drawn and read at this


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """How the engine of a component holds its numbers.

    Attributes:
        precision: of the weights of its matrix products.
        rest: of its other weights, of what it carries and of what it computes with.
        is_mapped: whether its weights are read where they lie in their file, and those that are multiplied laid out
            once more for its kernels.
        has_own_pool: whether it plans what it computes with, which stays its own; else what one component gives back
            the next takes.
        is_narrowed: whether it is drawn or read in FP32 and then copied to its precision.
        shares_quantizer: whether the codec's two halves hold one quantiser between them.
        region_bytes: the first region of its pool, each further one twice as large; None where it takes what it needs.
        gives_back: whether what it computes with is given back to the system's allocator after each step.
        undoes: whether the state before the last step is kept, so that the step can be taken back.
        is_spread: whether scores of every layer lie apart (see `Numbers.is_spread`), and rings once more until they are
            copied to where the next step reads them.
        product_bytes: what a kernel of a product of two computed tensors takes, one for each shape.
    """

    precision: str
    rest: str
    is_mapped: bool = False
    has_own_pool: bool = True
    is_narrowed: bool = False
    shares_quantizer: bool = False
    region_bytes: int | None = None
    gives_back: bool = False
    undoes: bool = True
    is_spread: bool = False
    product_bytes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Video:
    """The pictures of a window: `fps` a second of `width` × `height`."""

    width: int
    height: int
    fps: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What a session is asked to take in.

    Attributes:
        frames: of the codec in a window.
        together: of them, those that go through the transformers in one pass.
        tokens: of vision in one temporal patch; 0: nothing is seen.
        patches: temporal patches in a window.
        batch: sessions that an engine steps in one call.
        video: what is buffered of pictures; None where nothing is.
        storage: by component.
    """

    frames: int
    tokens: int
    together: int = 1
    patches: int = 1
    batch: int = 1
    video: Video | None = None
    storage: Mapping[str, Storage] = field(default_factory=dict)


def model_terms(sizes: ModelSizes | CodecSizes, load: Load) -> tuple[Term, ...]:
    """Return the terms of the components that `load.storage` names, and of a session's buffers."""
    components = window_work(sizes, WindowShape(frames=load.frames, tokens=load.tokens)).components
    activations = _activations(sizes, load)
    found: list[Term] = []
    for name, storage in load.storage.items():
        if name in components:
            found += _held(name, components[name], storage, _shared_quantizer(sizes, name, storage))
        else:
            found.append(_unknown(name))
    found += _loaded(load, components)
    found += _kernels(sizes, load)
    found += _working(load, activations, components)
    return (*found, *_buffers(sizes, load))


def _held(name: str, work: Work, storage: Storage, shared: Work) -> Iterator[Term]:
    """Yield weights and state of a component, `shared` being what another already holds."""
    precision, rest = storage.precision, storage.rest
    yield Term(
        name="mapped" if storage.is_mapped else "weights",
        part=name,
        formula=f"weights of products × bytes at {precision} + all others × bytes at {rest}",
        byte_count=work.held_bytes(precision, rest) - shared.held_bytes(precision, rest),
        is_shared=True,
    )
    if storage.is_mapped:
        laid_out = {
            "packed": (work.packed_bytes(precision, rest), "weights of products"),
            "reordered": (work.convolved_bytes(rest), "weights of convolutions"),
        }
        for term, (byte_count, of_what) in laid_out.items():
            if byte_count:
                yield Term(
                    name=term,
                    part=name,
                    formula=f"{of_what} once more, in the order that kernels read",
                    byte_count=byte_count,
                    is_shared=True,
                )
    rings, state = work.ring_bytes(rest), work.state_bytes(rest)
    kept = {
        "rings": (rings, "2 × layers × (positions + 1) × key heads × head dim × bytes, and a counter for each place"),
        "tails": (state - rings, "channels × left context × bytes, for every convolution"),
    }
    if storage.undoes:
        kept["previous_state"] = (state, "rings and tails once more, as they were before the last step")
    for term, (byte_count, formula) in kept.items():
        if byte_count:
            yield Term(name=term, part=name, formula=formula, byte_count=byte_count)


def _loaded(load: Load, components: Mapping[str, Work]) -> Iterator[Term]:
    """Yield what loading takes beyond all that is narrow at its end: all lie there in FP32, and go one by one."""
    narrowed = {name: storage for name, storage in load.storage.items() if storage.is_narrowed and name in components}
    wide = sum(components[name].weight_bytes(FULL) for name in narrowed)
    narrow, most, widest = 0, 0, None
    for name, storage in narrowed.items():
        narrow += components[name].held_bytes(storage.precision, storage.rest)
        if wide + narrow > most:
            most, widest = wide + narrow, name
        wide -= components[name].weight_bytes(FULL)
    if most > narrow:
        yield Term(
            name="loading",
            part=widest,
            formula="parameters × 4 bytes of this and what comes after it, less the narrow ones that are not there yet",
            byte_count=most - narrow,
            is_shared=True,
            is_lasting=False,
        )


def _kernels(sizes: ModelSizes | CodecSizes, load: Load) -> Iterator[Term]:
    """Yield what kernels of products of two computed tensors take; equal shapes share theirs, also between engines."""
    for name, shapes in product_shapes(sizes, load).items():
        each = load.storage[name].product_bytes
        if shapes * each:
            yield Term(
                name="kernels",
                part=name,
                formula=f"{shapes} shapes of products of two computed tensors × {each} bytes",
                byte_count=shapes * each,
                is_shared=True,
            )


def product_shapes(sizes: ModelSizes | CodecSizes, load: Load) -> dict[str, int]:
    """Return how many shapes of products of two computed tensors each component is the first to see, in a usual window.

    Attention has two, QKᵀ and AV, for each number of queries and of keys: all layers of a component share them, and the
    codec's decoder those of its encoder. The depth transformer's keys grow from step to step, the temporal
    transformer's queries are more where vision tokens come with them, and the vision encoder also pools cells, there
    and back.
    """
    encoder = load.storage.get("audio_encoder")
    found = {"audio_encoder": 2, "audio_decoder": 0 if encoder is not None and encoder.product_bytes else 2}
    if isinstance(sizes, ModelSizes):
        passes = 2 if load.tokens and load.frames > load.together else 1
        found |= {
            "vision_encoder": 6 if sizes.vision.inter_layers else 2,
            "temporal_transformer": 2 * passes,
            "depth_transformer": 2 * (1 + sizes.audio.codebooks),
        }
    return {name: count for name, count in found.items() if name in load.storage}


def _shared_quantizer(sizes: ModelSizes | CodecSizes, name: str, storage: Storage) -> Work:
    is_held = storage.shares_quantizer and name == "audio_decoder"
    return audio_quantizer(sizes.audio) if is_held else Work()


def _working(load: Load, activations: Mapping[str, int], components: Mapping[str, Work]) -> Iterator[Term]:
    """Yield what components compute with: each its own, or the most that one of a common pool takes."""
    bound = "what the widest layer holds at once: an upper bound from shapes"
    common = {name: activations[name] for name, held in load.storage.items() if name in activations}
    for name in [name for name in common if load.storage[name].has_own_pool]:
        needed = common.pop(name)
        if load.storage[name].is_spread:
            needed += components[name].ring_bytes(load.storage[name].rest)
        kept = "scratch" if load.storage[name].gives_back else "activations"
        yield Term(name=kept, part=name, formula=bound, byte_count=needed)
        yield from _pool(name, needed * load.batch, load.storage[name], components[name])
    if common:
        widest = max(common, key=lambda name: common[name])
        yield Term(
            name="scratch",
            part=widest,
            formula=f"{bound}; others take what it gives back",
            byte_count=common[widest],
        )


def _pool(name: str, needed: int, storage: Storage, work: Work) -> Iterator[Term]:
    """Yield what a pool holds beyond what a call computes with, of all sessions in it, and the weights that lie in it.

    A first step takes each tensor by itself and fills region after region; later ones take all that was planned in one
    piece, so that what they leave of the regions is never touched.
    """
    if storage.region_bytes is None:
        return
    outgrown, arena = pool_rest(work.pooled_bytes(storage.rest), needed, storage.region_bytes)
    regions = f"regions of {storage.region_bytes} bytes, twice that … until one holds activations"
    if outgrown:
        yield Term(
            name="outgrown",
            part=name,
            formula=f"{regions}: what the first step touched of others",
            byte_count=outgrown,
            is_shared=True,
        )
    yield Term(name="arena", part=name, formula=f"{regions}: what nothing touches", byte_count=arena, is_shared=True)


def _activations(sizes: ModelSizes | CodecSizes, load: Load) -> dict[str, int]:
    """Return the most bytes that each component computes with."""
    numbers = {
        name: numbers_at(storage.rest, is_planned=storage.has_own_pool, is_spread=storage.is_spread)
        for name, storage in load.storage.items()
    }
    found: dict[str, Callable[[Numbers], int]] = {
        "audio_encoder": lambda by: audio_encoder_activations(sizes.audio, load.frames, by),
        "audio_decoder": lambda by: audio_decoder_activations(sizes.audio, load.frames, by),
    }
    if isinstance(sizes, ModelSizes):
        positions = load.patches * load.tokens + load.together
        capacity = sum(ring_capacities(sizes).values())
        found |= {
            "vision_encoder": lambda by: vision_encoder_activations(sizes.vision, load.tokens, load.patches, by),
            "temporal_transformer": lambda by: temporal_activations(sizes, positions, capacity, by),
            "depth_transformer": lambda by: depth_activations(sizes, load.together, by),
        }
    return {name: bound(numbers[name]) for name, bound in found.items() if name in numbers}


def _buffers(sizes: ModelSizes | CodecSizes, load: Load) -> Iterator[Term]:
    window_ms = load.frames * codec_frame_ms(sizes.audio)
    rate_hz = sizes.audio.sample_rate_hz
    yield Term(
        name="audio_buffer",
        formula=f"window × {rate_hz} Hz × 4 bytes",
        byte_count=audio_buffer_bytes(window_ms, rate_hz),
    )
    if load.video is not None:
        video = load.video
        yield Term(
            name="video_buffer",
            formula=f"⌈{video.fps:g} fps × window⌉ × {video.width} × {video.height} × 3 bytes",
            byte_count=video_buffer_bytes(window_ms, video.fps, video.width, video.height),
        )
    if isinstance(sizes, ModelSizes):
        yield Term(name="text_buffer", formula="a token of 8 bytes a frame", byte_count=load.frames * TOKEN_BYTES)


def _unknown(name: str) -> Term:
    return absent(
        "weights", "parameters × bytes", "not_known", f"{name} comes from another package: its size is not known"
    )
