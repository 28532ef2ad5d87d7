"""`mimi`: Kyutai's Mimi as `kyutai/mimi` publishes it in `model.safetensors`."""

from __future__ import annotations

from josie_bench.model.published import Rule, renamed
from josie_bench.model.published._mimi_parts import quantizer_rules, seanet_rules
from josie_bench.model.sizes import CodecSizes

SUMMARY = "Mimi, as the repository kyutai/mimi publishes it"
PRESETS = ("mimi-24k",)
COMPONENTS = ("audio_encoder", "audio_decoder")
MARK = "encoder.layers.0.conv.weight"
RESPELT = ()
# The checkpoint holds more levels than eight; flags that say a codebook was initialised.
IGNORED = r".*\.codebook\.initialized|quantizer\.acoustic_residual_vector_quantizer\.layers\.\d+\.codebook\..*"

LAYER_PARTS = {
    "attention_norm.weight": "input_layernorm.weight",
    "attention_norm.bias": "input_layernorm.bias",
    "query.weight": "self_attn.q_proj.weight",
    "key.weight": "self_attn.k_proj.weight",
    "value.weight": "self_attn.v_proj.weight",
    "out.weight": "self_attn.o_proj.weight",
    "attention_scale.weight": "self_attn_layer_scale.scale",
    "feed_norm.weight": "post_attention_layernorm.weight",
    "feed_norm.bias": "post_attention_layernorm.bias",
    "feed.up.weight": "mlp.fc1.weight",
    "feed.down.weight": "mlp.fc2.weight",
    "feed_scale.weight": "mlp_layer_scale.scale",
}


def rules(sizes: CodecSizes) -> tuple[Rule, ...]:
    """Return how the two components' parameters are made; rotations pair i with i + d/2 on both sides."""
    audio = sizes.audio
    found = list(seanet_rules(audio, "encoder.layers", "decoder.layers", "conv", "conv"))
    found.append(Rule(ours="audio_encoder.downsample.conv.weight", theirs=("downsample.conv.weight",)))
    found.append(Rule(ours="audio_decoder.upsample.conv.weight", theirs=("upsample.conv.weight",)))
    for side in ("encoder", "decoder"):
        for layer in range(audio.layers):
            ours, theirs = f"audio_{side}.transformer.layers.{layer}", f"{side}_transformer.layers.{layer}"
            found += renamed(ours, theirs, LAYER_PARTS)
    for name, levels in (("semantic", 1), ("acoustic", audio.codebooks - 1)):
        theirs = f"quantizer.{name}_residual_vector_quantizer"
        entry, total = "layers.{}.codebook", "embed_sum"
        found += quantizer_rules(f"audio_encoder.quantizer.{name}", theirs, levels, entry, total)
    return tuple(found)
