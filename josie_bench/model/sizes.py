"""Sizes of the model's presets. No torch here: suites, memory arithmetic and compiled runs read it too.

One codec frame is 50 ms (800 samples at 16 kHz): the longest that divides windows of 200, 300 and 400 ms.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from josie_bench.errors import UsageError
from josie_bench.plugins import unknown_name
from josie_bench.terms.timebase import ms_of_samples

COMPONENTS = ("audio_encoder", "vision_encoder", "temporal_transformer", "depth_transformer", "audio_decoder")

# Kinds of a position in the temporal sequence, and the id of a token that is not there.
FRAME, VISION = 0, 1
ABSENT = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioSizes:
    """JODIO, the audio tokenizer (paper section 3).

    Attributes:
        ratios: strides of the convolutional stages, outermost first; the encoder's product is its hop in samples.
        half: the last stride, between the transformer's rate and the codec's frame rate.
        dilations: of the residual units of each stage.
        ring: how many transformer positions the attention looks back.
        codebooks: one semantic and the rest acoustic.
        reading: `residual` (acoustic codes quantise what the semantic code leaves, the paper's section 6.2)
            or `parallel` (both quantise the same latent, as Mimi does).
    """

    sample_rate_hz: int
    filters: int
    ratios: tuple[int, ...]
    half: int
    kernel: int
    last_kernel: int
    residual_kernel: int
    dilations: tuple[int, ...]
    compress: int
    dim: int
    layers: int
    heads: int
    ff: int
    ring: int
    codebooks: int
    card: int
    code_dim: int
    reading: str = "residual"

    @property
    def frame_samples(self) -> int:
        """Samples in one codec frame."""
        return math.prod(self.ratios) * self.half


@dataclass(frozen=True, slots=True, kw_only=True)
class VisionSizes:
    """JOVIO, the vision tokenizer (paper sections 4, 5).

    Attributes:
        patch: edge of a square patch in pixels.
        patch_frames: video frames in one spatiotemporal patch.
        merge: patches merged into one token along each edge.
        window_tokens: edge of the windows of local intra-frame attention in merged tokens; layers in `full_layers`
            look at the whole frame. None: every layer looks at the whole frame.
        inter_layers: layers of inter-frame attention, spread evenly behind the intra-frame ones.
        cells: edge of the pooled grid that inter-frame attention carries between frames.
        ring: temporal patches that inter-frame attention looks back.
        token_budget: the most tokens one temporal patch costs unless a case says otherwise.
    """

    patch: int
    patch_frames: int
    merge: int
    dim: int
    layers: int
    heads: int
    ff: int
    window_tokens: int | None
    full_layers: tuple[int, ...]
    inter_layers: int
    cells: int
    ring: int
    out_dim: int
    codebooks: int
    card: int
    code_dim: int
    token_budget: int

    @property
    def token_pixels(self) -> int:
        """Edge of the square of pixels that becomes one token."""
        return self.patch * self.merge

    @property
    def patch_dim(self) -> int:
        """Numbers in one spatiotemporal patch: 3 colours x frames x patch x patch."""
        return 3 * self.patch_frames * self.patch**2


@dataclass(frozen=True, slots=True, kw_only=True)
class TemporalSizes:
    """The Temporal Transformer (paper section 6.4).

    Attributes:
        rope_sections: rotary frequencies given to the temporal, height and width position, in this order.
        frame_ring, vision_ring: positions each modality's key-value ring keeps.
        visibility: row sees column, over the position kinds (frame, vision): the paper's modality mask M.
    """

    dim: int
    layers: int
    heads: int
    kv_heads: int
    head_dim: int
    ff: int
    rope_base: float
    rope_sections: tuple[int, int, int]
    frame_ring: int
    vision_ring: int
    visibility: tuple[tuple[bool, bool], tuple[bool, bool]] = ((True, True), (True, True))


@dataclass(frozen=True, slots=True, kw_only=True)
class DepthSizes:
    """The Depth Transformer (paper section 6.5).

    Attributes:
        weight_sets: which set of layers each step uses, text first, then semantic, then acoustic.
    """

    dim: int
    layers: int
    heads: int
    ff: int
    weight_sets: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TextSizes:
    """The text vocabulary and the ids the step needs by name."""

    tokenizer: str
    vocabulary: int
    silence_id: int
    pad_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSizes:
    """A preset: the sizes of all five components."""

    name: str
    summary: str
    audio: AudioSizes
    vision: VisionSizes
    temporal: TemporalSizes
    depth: DepthSizes
    text: TextSizes

    @property
    def frame_ms(self) -> float:
        """How long one codec frame lasts."""
        return ms_of_samples(self.audio.frame_samples, self.audio.sample_rate_hz)

    @property
    def streams(self) -> int:
        """Token streams summed into one frame position: text, own audio, the user's audio."""
        return 1 + 2 * self.audio.codebooks


def _sets(codebooks: int) -> tuple[int, ...]:
    """Return one weight set for content (text, semantic) and one for the acoustic steps."""
    return (0, 0) + (1,) * (codebooks - 1)


TINY = ModelSizes(
    name="tiny",
    summary="under a million parameters, for tests; seeded weights",
    audio=AudioSizes(
        sample_rate_hz=16_000, filters=4, ratios=(5, 5, 4, 4), half=2, kernel=7, last_kernel=3, residual_kernel=3,
        dilations=(1,), compress=2, dim=32, layers=1, heads=2, ff=64, ring=16, codebooks=4, card=64, code_dim=16,
    ),
    vision=VisionSizes(
        patch=8, patch_frames=2, merge=2, dim=32, layers=2, heads=2, ff=64, window_tokens=2, full_layers=(1,),
        inter_layers=1, cells=2, ring=4, out_dim=32, codebooks=2, card=64, code_dim=16, token_budget=4,
    ),
    temporal=TemporalSizes(
        dim=64, layers=2, heads=4, kv_heads=2, head_dim=16, ff=128, rope_base=1e4, rope_sections=(2, 3, 3),
        frame_ring=24, vision_ring=16,
    ),
    depth=DepthSizes(dim=48, layers=1, heads=2, ff=96, weight_sets=_sets(4)),
    text=TextSizes(tokenizer="nano", vocabulary=512, silence_id=508, pad_id=509),
)  # fmt: skip

NANO = ModelSizes(
    name="nano",
    summary="under ten million parameters, runs in real time on a CPU; seeded weights",
    audio=AudioSizes(
        sample_rate_hz=16_000, filters=16, ratios=(5, 5, 4, 4), half=2, kernel=7, last_kernel=3, residual_kernel=3,
        dilations=(1, 2), compress=2, dim=128, layers=2, heads=4, ff=256, ring=160, codebooks=8, card=512, code_dim=64,
    ),
    vision=VisionSizes(
        patch=8, patch_frames=2, merge=2, dim=128, layers=4, heads=4, ff=256, window_tokens=4, full_layers=(1, 3),
        inter_layers=2, cells=4, ring=16, out_dim=192, codebooks=3, card=512, code_dim=64, token_budget=16,
    ),
    temporal=TemporalSizes(
        dim=192, layers=5, heads=6, kv_heads=2, head_dim=32, ff=512, rope_base=1e4, rope_sections=(4, 6, 6),
        frame_ring=512, vision_ring=256,
    ),
    depth=DepthSizes(dim=128, layers=2, heads=4, ff=256, weight_sets=_sets(8)),
    text=TextSizes(tokenizer="nano", vocabulary=512, silence_id=508, pad_id=509),
)  # fmt: skip

JOSIE_V4O = ModelSizes(
    name="josie-v4o",
    summary="the paper's size, 2.79 billion parameters; needs a GPU to run in time",
    audio=AudioSizes(
        sample_rate_hz=16_000, filters=64, ratios=(5, 5, 4, 4), half=2, kernel=7, last_kernel=3, residual_kernel=3,
        dilations=(1, 2, 4), compress=2, dim=512, layers=8, heads=8, ff=2048, ring=160, codebooks=8, card=2048,
        code_dim=256,
    ),
    vision=VisionSizes(
        patch=14, patch_frames=2, merge=2, dim=1280, layers=32, heads=16, ff=3420, window_tokens=4,
        full_layers=(7, 15, 23, 31), inter_layers=4, cells=4, ring=16, out_dim=2048, codebooks=8, card=4096,
        code_dim=256, token_budget=64,
    ),
    temporal=TemporalSizes(
        dim=1536, layers=28, heads=12, kv_heads=2, head_dim=128, ff=8960, rope_base=1e6, rope_sections=(16, 24, 24),
        frame_ring=3072, vision_ring=1024,
    ),
    depth=DepthSizes(dim=1024, layers=6, heads=16, ff=2816, weight_sets=_sets(8)),
    text=TextSizes(tokenizer="qwen2.5", vocabulary=151_936, silence_id=151_665, pad_id=151_666),
)  # fmt: skip

PRESETS = {sizes.name: sizes for sizes in (TINY, NANO, JOSIE_V4O)}


def find_preset(name: str) -> ModelSizes:
    """Return the sizes of the preset `name`.

    Raises:
        UsageError: there is no such preset; the message names the near one.
    """
    if name not in PRESETS:
        raise UsageError(unknown_name("preset", name, PRESETS))
    return PRESETS[name]
