"""What a model holds, and does in one window, component by component; from its sizes alone. No torch here.

Parameters, FLOPs and state equal those of the torch model, which the tests hold against it. Bytes read are the least
that must come from memory: each pass reads all weights it uses once, a key-value ring's held positions once, and of a
table the rows looked up. Writing is left out, and so are activations: they stay in caches.

A window runs the codec's two halves and the vision encoder once. The temporal transformer makes one pass a frame, the
window's vision tokens going through with the first frame. The depth transformer reads a set of layers anew at each of
its 1 + codebooks steps of each frame, since a step begins with what the step before drew. A set that stayed in
the GPU's cache between its steps would be read less often.

Not known here: typed words (each is one more position), and the component of a modality that joins from another
package: its table of embeddings and its ring are counted, its encoder is not.
"""

from __future__ import annotations

from dataclasses import dataclass

from josie_bench.model.codec_work import audio_decoder, audio_encoder, audio_quantizer
from josie_bench.model.layer_work import (
    SPARE,
    Work,
    attention,
    chain,
    feed_forward,
    linear,
    quantizer_search,
    residual_quantizer,
    ring,
    ring_clock,
    ring_layer,
    table,
    vectors,
)
from josie_bench.model.sizes import AudioSizes, CodecSizes, ModelSizes, TemporalSizes, VisionSizes
from josie_bench.terms.roofline import Demand
from josie_bench.terms.timebase import ms_of_samples


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowShape:
    """What comes in one window.

    Attributes:
        frames: of the codec.
        tokens: of vision, all from one temporal patch; 0: nothing is seen and the vision encoder rests.
        context: positions that the temporal rings hold when the window comes.
    """

    frames: int
    tokens: int = 0
    context: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowWork:
    """A model's components in one window, and their sum.

    Attributes:
        total: the sum; the quantiser that both halves of the codec hold is counted once.
    """

    sizes: ModelSizes | CodecSizes
    window: WindowShape
    components: dict[str, Work]
    total: Work

    @property
    def window_ms(self) -> float:
        """How long the window is, and how often one comes."""
        return self.window.frames * codec_frame_ms(self.sizes.audio)

    def engine_bytes(self, precision: str, rest: str) -> int:
        """Return what engines take that hold weights of products at `precision` and all others at `rest`.

        Each is compiled by itself, so that both of the codec's halves hold the quantiser.
        """
        return sum(part.held_bytes(precision, rest) for part in self.components.values())

    def demand(self, precision: str) -> Demand:
        """Return what a GPU is asked for each window, by sessions together and by each."""
        return Demand(
            hop_ms=self.window_ms,
            shared_read_bytes=self.total.weight_read_bytes(precision),
            session_read_bytes=self.total.state_read_bytes(precision),
            session_flops=self.total.flops,
            weight_bytes=self.total.weight_bytes(precision),
            state_bytes=self.total.state_bytes(precision),
        )


def window_work(sizes: ModelSizes | CodecSizes, window: WindowShape) -> WindowWork:
    """Return the work of one window of a preset, or of a codec alone."""
    components = {"audio_encoder": audio_encoder(sizes.audio, window.frames)}
    if isinstance(sizes, ModelSizes):
        components["vision_encoder"] = vision_encoder(sizes.vision, window.tokens)
        components["temporal_transformer"] = temporal_transformer(sizes, window)
        components["depth_transformer"] = depth_transformer(sizes, window.frames)
    components["audio_decoder"] = audio_decoder(sizes.audio, window.frames)
    quantizer = audio_quantizer(sizes.audio)
    twice = Work(parameters=-quantizer.parameters, products=-quantizer.products, multiplied=-quantizer.multiplied)
    total = chain(*components.values(), twice)
    return WindowWork(sizes=sizes, window=window, components=components, total=total)


def codec_frame_ms(audio: AudioSizes) -> float:
    """Return how long one codec frame lasts."""
    return ms_of_samples(audio.frame_samples, audio.sample_rate_hz)


def ring_capacities(sizes: ModelSizes) -> dict[str, int]:
    """Return the positions that the temporal rings keep, by kind: frame, vision, then those that joined."""
    temporal = sizes.temporal
    joined = {guest.name: guest.ring for guest in sizes.guests}
    return {"frame": temporal.frame_ring, "vision": temporal.vision_ring} | joined


def ring_spans_ms(sizes: ModelSizes, window: WindowShape) -> dict[str, float | None]:
    """Return how long each ring looks back when every window is like this one; None where nothing comes to fill it."""
    capacities = ring_capacities(sizes)
    spans: dict[str, float | None] = dict.fromkeys(capacities)
    spans["frame"] = capacities["frame"] * sizes.frame_ms
    if window.tokens:
        spans["vision"] = capacities["vision"] / window.tokens * window.frames * sizes.frame_ms
    return spans


def position_floats(temporal: TemporalSizes) -> int:
    """Return the numbers a position keeps in the temporal rings: a key and a value for each layer and key head."""
    return 2 * temporal.layers * temporal.kv_heads * temporal.head_dim


def vision_encoder(vision: VisionSizes, tokens: int) -> Work:
    """Return the work of one temporal patch: tokens · merge² patches in, `tokens` tokens out.

    An intra-frame layer attends over all patches of the frame: windows are a mask, as in the reference. An
    inter-frame layer runs on the pooled cells only, each over its own ring: QKᵀ, AV and four maps, and pooling there
    and back.
    """
    dim, patches, cells = vision.dim, tokens * vision.merge**2, vision.cells**2
    merged = dim * vision.merge**2
    intra = chain(
        vectors(2, dim),
        linear(patches, dim, 3 * dim, bias=True),
        attention(patches, patches, dim),
        linear(patches, dim, dim, bias=True),
        feed_forward(patches, dim, vision.ff, is_gated=True, bias=True),
    )
    inter = chain(
        vectors(1, dim),
        linear(cells, dim, dim).copied(4),
        attention(cells, vision.ring + SPARE + 1, dim),
        ring(cells * dim, vision.ring, held=vision.ring),
        Work(flops=2 * 2 * cells * patches * dim),
    )
    work = chain(
        linear(patches, vision.patch_dim, dim, bias=True),
        intra.copied(vision.layers),
        ring_clock(vision.ring),
        inter.copied(vision.inter_layers),
        vectors(1, dim),
        linear(tokens, merged, merged, bias=True),
        linear(tokens, merged, vision.out_dim, bias=True),
        residual_quantizer(vision.out_dim, vision.code_dim, vision.codebooks, vision.card),
        quantizer_search(tokens, vision.out_dim, vision.code_dim, vision.codebooks, vision.card),
    )
    return work if tokens else work.idle()


def temporal_transformer(sizes: ModelSizes, window: WindowShape) -> Work:
    """Return the work of one pass a frame, the first with the vision tokens before it.

    Each pass reads all layers and `context` positions of the rings.

    Without `rms_norm` neither the layers' norms nor the last one are there.
    """
    temporal, capacities = sizes.temporal, tuple(ring_capacities(sizes).values())
    first = _temporal_pass(temporal, window.tokens + 1, window.context, sum(capacities))
    later = _temporal_pass(temporal, 1, window.context, sum(capacities)).again()
    return chain(
        _temporal_tables(sizes, window),
        ring_clock(*capacities),
        first,
        later.copied(window.frames - 1),
    )


def depth_transformer(sizes: ModelSizes, frames: int) -> Work:
    """Return the work of 1 + codebooks steps a frame, each through its own map inward, set of layers and head.

    Step s attends over s + 1 steps. The text table is the first step's head: all of it is read once a frame.
    """
    depth, audio, vocabulary = sizes.depth, sizes.audio, sizes.text.vocabulary
    steps = 1 + audio.codebooks
    layer_sets = _depth_layer(sizes, 1).copied(depth.layers * (max(depth.weight_sets) + 1)).idle()
    layers = (_depth_layer(sizes, step + 1).copied(depth.layers).again() for step in range(steps))
    frame = chain(
        linear(1, sizes.temporal.dim, depth.dim).copied(steps),
        layer_sets,
        *layers,
        vectors(1, depth.dim),
        linear(1, depth.dim, vocabulary),
        table(0, depth.dim, looked_up=1),
        linear(1, depth.dim, audio.card).copied(audio.codebooks),
        table(audio.codebooks * (audio.card + 1), depth.dim, looked_up=audio.codebooks - 1),
    )
    return frame + frame.again().copied(frames - 1)


def _temporal_pass(temporal: TemporalSizes, positions: int, context: int, capacity: int) -> Work:
    layer = ring_layer(
        positions,
        dim=temporal.dim,
        query_dim=temporal.heads * temporal.head_dim,
        kv_dim=temporal.kv_heads * temporal.head_dim,
        ff=temporal.ff,
        capacity=capacity,
        held=context,
        is_gated=True,
        has_bias=True,
    )
    norms = vectors(2 * temporal.layers + 1 if temporal.rms_norm else 0, temporal.dim)
    return layer.copied(temporal.layers) + norms


def _temporal_tables(sizes: ModelSizes, window: WindowShape) -> Work:
    """Rows for text, both sides' audio, vision and what joined, with one more id, "not yet", for each stream of codes.

    A frame looks up a row for each stream, a vision token one for each of its codes.
    """
    audio, vision, dim = sizes.audio, sizes.vision, sizes.temporal.dim
    coded = (
        2 * audio.codebooks * (audio.card + 1),
        vision.codebooks * (vision.card + 1),
        *(guest.codebooks * (guest.card + 1) for guest in sizes.guests),
    )
    looked_up = window.frames * sizes.streams + window.tokens * vision.codebooks
    return table(sizes.text.vocabulary + sum(coded), dim, looked_up=looked_up)


def _depth_layer(sizes: ModelSizes, keys: int) -> Work:
    depth = sizes.depth
    return chain(
        vectors(2, depth.dim),
        linear(1, depth.dim, 3 * depth.dim),
        attention(1, keys, depth.dim),
        linear(1, depth.dim, depth.dim),
        feed_forward(1, depth.dim, depth.ff, is_gated=True),
    )
