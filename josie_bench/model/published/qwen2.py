"""`qwen2`: the language model of Qwen2.5, for the temporal transformer and its text table."""

from __future__ import annotations

from josie_bench.model.published import Rule, renamed
from josie_bench.model.sizes import ModelSizes

SUMMARY = "Qwen2.5-1.5B and its instructed twin"
PRESETS = ("josie-v4o",)
COMPONENTS = ("temporal_transformer",)
MARK = "model.layers.0.self_attn.q_proj.weight"
RESPELT = ()
IGNORED = r"lm_head\.weight|.*rotary_emb\.inv_freq"  # the head is tied to the table

LAYER_PARTS = {
    "attention_norm.weight": "input_layernorm.weight",
    **{f"{a}.{kind}": f"self_attn.{b}.{kind}" for a, b in (("query", "q_proj"), ("key", "k_proj"), ("value", "v_proj"))
       for kind in ("weight", "bias")},
    "out.weight": "self_attn.o_proj.weight",
    "feed_norm.weight": "post_attention_layernorm.weight",
    "feed.gate.weight": "mlp.gate_proj.weight",
    "feed.up.weight": "mlp.up_proj.weight",
    "feed.down.weight": "mlp.down_proj.weight",
}  # fmt: skip


def rules(sizes: ModelSizes) -> tuple[Rule, ...]:
    """Return how the layers, the last norm and the text table are made; audio and vision tables have no source."""
    found = [
        Rule(ours="temporal_transformer.text.table.weight", theirs=("model.embed_tokens.weight",)),
        Rule(ours="temporal_transformer.norm.weight", theirs=("model.norm.weight",)),
    ]
    for layer in range(sizes.temporal.layers):
        ours, theirs = f"temporal_transformer.layers.{layer}", f"model.layers.{layer}"
        found += renamed(ours, theirs, LAYER_PARTS)
    return tuple(found)
