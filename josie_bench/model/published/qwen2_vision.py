"""`qwen2_vision`: the vision tower of Qwen2.5-VL, for the intra-frame layers of the vision encoder."""

from __future__ import annotations

from functools import partial

import torch

from josie_bench.model.published import Rule, renamed
from josie_bench.model.sizes import ModelSizes

SUMMARY = "the vision tower of Qwen2.5-VL-3B (`visual.*`)"
PRESETS = ("josie-v4o",)
COMPONENTS = ("vision_encoder",)
MARK = "visual.patch_embed.proj.weight"
RESPELT = ((r"^model\.visual\.", "visual."),)  # as newer releases of transformers write it
IGNORED = r"(model|lm_head)\..*|visual\.rotary_pos_emb\.inv_freq"  # the language model beside it

LAYER_PARTS = {
    "attention_norm.weight": "norm1.weight",
    **{f"{a}.{kind}": f"{b}.{kind}" for a, b in (
        ("qkv", "attn.qkv"), ("out", "attn.proj"), ("feed.gate", "mlp.gate_proj"), ("feed.up", "mlp.up_proj"),
        ("feed.down", "mlp.down_proj"),
    ) for kind in ("weight", "bias")},
    "feed_norm.weight": "norm2.weight",
}  # fmt: skip


def rules(sizes: ModelSizes) -> tuple[Rule, ...]:
    """Return how patches, layers and merger are made; inter-frame layers and the quantiser have no source."""
    found = [
        Rule(ours="vision_encoder.embed.weight", theirs=(MARK,), make=partial(torch.flatten, start_dim=1)),
        Rule(ours="vision_encoder.embed.bias", theirs=(), make=lambda: torch.zeros(sizes.vision.dim)),
        Rule(ours="vision_encoder.merge_norm.weight", theirs=("visual.merger.ln_q.weight",)),
    ]
    for ours, theirs in (("merge_in", "mlp.0"), ("merge_out", "mlp.2")):
        kinds = {kind: kind for kind in ("weight", "bias")}
        found += renamed(f"vision_encoder.{ours}", f"visual.merger.{theirs}", kinds)
    for layer in range(sizes.vision.layers):
        ours, theirs = f"vision_encoder.intra.{layer}", f"visual.blocks.{layer}"
        found += renamed(ours, theirs, LAYER_PARTS)
    return tuple(found)
