"""`mimi_moshi`: Mimi as it ships with Moshi, in `tokenizer-e351c8d8-checkpoint125.safetensors`."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from josie_bench.model.published import Rule, interleaved_to_half, renamed
from josie_bench.model.published._mimi_parts import quantizer_rules, seanet_rules
from josie_bench.model.sizes import CodecSizes

SUMMARY = "Mimi, as it ships with Moshi"
PRESETS = ("mimi-24k",)
COMPONENTS = ("audio_encoder", "audio_decoder")
MARK = "encoder.model.0.conv.conv.weight"
RESPELT = (  # as Moshi's code has named the projections since it gave each step weights of its own
    (r"\.self_attn\.in_projs\.0\.weight$", ".self_attn.in_proj_weight"),
    (r"\.self_attn\.out_projs\.0\.weight$", ".self_attn.out_proj.weight"),
)
IGNORED = r".*\._codebook\._initialized|quantizer\.rvq_rest\.vq\.layers\.\d+\._codebook\..*"

LAYER_PARTS = {
    "attention_norm.weight": "norm1.weight",
    "attention_norm.bias": "norm1.bias",
    "out.weight": "self_attn.out_proj.weight",
    "attention_scale.weight": "layer_scale_1.scale",
    "feed_norm.weight": "norm2.weight",
    "feed_norm.bias": "norm2.bias",
    "feed.up.weight": "linear1.weight",
    "feed.down.weight": "linear2.weight",
    "feed_scale.weight": "layer_scale_2.scale",
}


def rules(sizes: CodecSizes) -> tuple[Rule, ...]:
    """Return how the two components' parameters are made; queries and keys change to rotations by halves."""
    audio = sizes.audio
    found = list(seanet_rules(audio, "encoder.model", "decoder.model", "conv.conv", "convtr.convtr"))
    found.append(Rule(ours="audio_encoder.downsample.conv.weight", theirs=("downsample.conv.conv.conv.weight",)))
    found.append(Rule(ours="audio_decoder.upsample.conv.weight", theirs=("upsample.convtr.convtr.convtr.weight",)))
    for side in ("encoder", "decoder"):
        for layer in range(audio.layers):
            ours, theirs = f"audio_{side}.transformer.layers.{layer}", f"{side}_transformer.transformer.layers.{layer}"
            found += renamed(ours, theirs, LAYER_PARTS)
            fused = (f"{theirs}.self_attn.in_proj_weight",)
            for third, part in enumerate(("query", "key", "value")):
                found.append(Rule(ours=f"{ours}.{part}.weight", theirs=fused, make=_third(third, audio.heads)))
    for name, stack, levels in (("semantic", "rvq_first", 1), ("acoustic", "rvq_rest", audio.codebooks - 1)):
        entry, total = "vq.layers.{}._codebook", "embedding_sum"
        found += quantizer_rules(f"audio_encoder.quantizer.{name}", f"quantizer.{stack}", levels, entry, total)
    return tuple(found)


def _third(number: int, heads: int) -> Callable[[Tensor], Tensor]:
    """Return what cuts query (0), key (1) or value (2) out of the fused projection."""

    def cut(fused: Tensor) -> Tensor:
        part = fused.chunk(3)[number]
        return part if number == 2 else interleaved_to_half(part, heads)

    return cut
