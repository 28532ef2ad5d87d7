"""The presets, and the variants a case can ask for. No torch here.

One codec frame of the conversing presets is 50 ms (800 samples at 16 kHz): the longest that divides windows of 200, 300
and 400 ms.
"""

from __future__ import annotations

from dataclasses import replace

from josie_bench.errors import UsageError
from josie_bench.model.sizes import (
    AudioSizes,
    CodecSizes,
    DepthSizes,
    ModelSizes,
    TemporalSizes,
    TextSizes,
    VisionSizes,
)
from josie_bench.plugins import find_member, unknown_name
from josie_bench.terms.model_choice import ModelChoice


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
    text=TextSizes(
        tokenizer="nano", vocabulary=512, first_special=504, silence_id=508, pad_id=509, end_id=505,
    ),
)  # fmt: skip

NANO = ModelSizes(
    name="nano",
    summary="under ten million parameters, runs in real time on a CPU; trained weights",
    audio=AudioSizes(
        sample_rate_hz=16_000, filters=192, ratios=(5, 160), half=1, kernel=3, last_kernel=1, residual_kernel=3,
        dilations=(1, 2), compress=1, dim=192, layers=1, heads=6, ff=384, ring=40, codebooks=8, card=512, code_dim=64,
        front_end="mel", head="istft", decoder_layers=2, decoder_dilations=(1, 2, 4, 1),
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
    text=TextSizes(
        tokenizer="nano", vocabulary=512, first_special=504, silence_id=508, pad_id=509, end_id=505,
    ),
)  # fmt: skip

NANO_SEANET = replace(
    NANO,
    name="nano-seanet",
    summary="nano with the paper's own codec, convolutions from samples to codes and back; seeded weights",
    audio=AudioSizes(
        sample_rate_hz=16_000, filters=16, ratios=(5, 5, 4, 4), half=2, kernel=7, last_kernel=3, residual_kernel=3,
        dilations=(1, 2), compress=2, dim=128, layers=2, heads=4, ff=256, ring=160, codebooks=8, card=512, code_dim=64,
    ),
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
    text=TextSizes(
        tokenizer="qwen2.5", vocabulary=151_936, first_special=151_643, silence_id=151_665, pad_id=151_666,
        end_id=151_645,
    ),
)  # fmt: skip

MIMI_24K = CodecSizes(
    name="mimi-24k",
    summary="the codec alone in Mimi's shape: 24 kHz, frames of 80 ms; takes the weights Kyutai publishes",
    audio=AudioSizes(
        sample_rate_hz=24_000, filters=64, ratios=(8, 6, 5, 4), half=2, kernel=7, last_kernel=3, residual_kernel=3,
        dilations=(1,), compress=2, dim=512, layers=8, heads=8, ff=2048, ring=250, codebooks=8, card=2048,
        code_dim=256, reading="parallel", is_mimi=True,
    ),
)  # fmt: skip

PRESETS = {sizes.name: sizes for sizes in (TINY, NANO, NANO_SEANET, JOSIE_V4O)}
CODECS = {sizes.name: sizes for sizes in (MIMI_24K,)}
SWITCHES = ("m_rope", "dual_stream", "temporal", "rms_norm")
QUANTIZERS = ("residual", "parallel")
LAYERED = ("temporal_transformer", "depth_transformer")  # the others' layers differ from each other


def find_preset(name: str) -> ModelSizes:
    """Return the sizes of the preset `name`.

    Raises:
        UsageError: there is no such preset, or it is a codec alone; the message names the near one.
    """
    if name in CODECS:
        whole = ", ".join(PRESETS)
        raise UsageError(f"{name} is a codec alone and holds no conversation: choose one of {whole}")
    if name not in PRESETS:
        raise UsageError(unknown_name("preset", name, [*PRESETS, *CODECS]))
    return PRESETS[name]


def find_any(name: str) -> ModelSizes | CodecSizes:
    """Return the sizes of the preset `name`, a codec alone included.

    Raises:
        UsageError: there is no such preset; the message names the near one.
    """
    return CODECS[name] if name in CODECS else find_preset(name)


def find_codec(name: str) -> CodecSizes:
    """Return the sizes of the codec alone of the preset `name`.

    Raises:
        UsageError: there is no such preset; the message names the near one.
    """
    whole = find_any(name)
    return CodecSizes(name=whole.name, summary=whole.summary, audio=whole.audio)


def find_sizes(choice: ModelChoice) -> ModelSizes:
    """Return the sizes of a model as a case chooses it: a preset, its guests, with parts switched off.

    Raises:
        UsageError: the preset, a switch, a quantiser, a component with layers or a guest is not known, two choices
            exclude each other, or nothing would be pruned.
    """
    sizes = find_preset(choice.preset)
    if choice.quantizer is not None:
        if choice.quantizer not in QUANTIZERS:
            raise UsageError(unknown_name("quantizer", choice.quantizer, QUANTIZERS))
        if "dual_stream" in choice.ablate:
            raise UsageError("without dual_stream the quantiser has one chain: leave quantizer out")
        sizes = replace(sizes, audio=replace(sizes.audio, reading=choice.quantizer))
    if choice.context is not None:
        sizes = with_context(sizes, choice.context)
    if choice.prune_to is not None:
        sizes = _pruned(sizes, choice.prune_to)
    for component, layers in choice.layers:
        sizes = with_layers(sizes, component, layers)
    for switch in choice.ablate:
        sizes = switch_off(sizes, switch)
    return join_guests(sizes, choice.guests)


def with_context(sizes: ModelSizes, context: int) -> ModelSizes:
    """Return the sizes with rings that keep so many positions together, shared between the kinds as before."""
    temporal = sizes.temporal
    share = temporal.frame_ring / (temporal.frame_ring + temporal.vision_ring)
    frame = max(1, min(round(context * share), context - 1))
    return replace(sizes, temporal=replace(temporal, frame_ring=frame, vision_ring=context - frame))


def _pruned(sizes: ModelSizes, positions: int) -> ModelSizes:
    """Return the sizes with the rings cut to so many positions.

    Raises:
        UsageError: they are as short already.
    """
    held = sizes.temporal.frame_ring + sizes.temporal.vision_ring
    if positions >= held:
        raise UsageError(f"prune_to {positions}: the context holds {held} positions: prune to fewer, or leave it out")
    return with_context(sizes, positions)


def with_layers(sizes: ModelSizes, component: str, layers: int) -> ModelSizes:
    """Return the sizes with another number of layers in one of `LAYERED`.

    Raises:
        UsageError: the component has no layers that could be fewer or more.
    """
    match component:
        case "temporal_transformer":
            return replace(sizes, temporal=replace(sizes.temporal, layers=layers))
        case "depth_transformer":
            return replace(sizes, depth=replace(sizes.depth, layers=layers))
    raise UsageError(unknown_name("component with layers", component, LAYERED))


def switch_off(sizes: ModelSizes, switch: str) -> ModelSizes:
    """Return the sizes without one of `SWITCHES`: the rows of the paper's Table 1.

    Raises:
        UsageError: there is no such switch.
    """
    temporal = sizes.temporal
    match switch:
        case "m_rope":
            vision = replace(sizes.vision, m_rope=False)
            return replace(sizes, vision=vision, temporal=replace(temporal, m_rope=False))
        case "dual_stream":
            return replace(sizes, audio=replace(sizes.audio, reading="single"))
        case "temporal":
            return replace(sizes, temporal=replace(temporal, layers=0))
        case "rms_norm":
            return replace(sizes, temporal=replace(temporal, rms_norm=False))
    raise UsageError(unknown_name("switch", switch, SWITCHES))


def switched_off(sizes: ModelSizes) -> tuple[str, ...]:
    """Return those of `SWITCHES` that are off: to switch them off again changes nothing.

    >>> switched_off(switch_off(NANO, "m_rope"))
    ('m_rope',)
    """
    return tuple(switch for switch in SWITCHES if switch_off(sizes, switch) == sizes)


def join_guests(sizes: ModelSizes, names: tuple[str, ...]) -> ModelSizes:
    """Return the sizes with modalities from other packages, each found by its component's name.

    Raises:
        UsageError: no package brings a component of that name.
    """
    found = tuple(find_member("model.components", f"{name}_encoder").GUEST for name in names)
    return replace(sizes, guests=sizes.guests + found)
