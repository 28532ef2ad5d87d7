"""Checkpoints in the layouts that others publish, small: names and shapes written out as they publish them."""

from __future__ import annotations

from dataclasses import replace

import torch

from josie_bench.model.presets import TINY
from josie_bench.model.sizes import AudioSizes, CodecSizes

CODEC = CodecSizes(
    name="mimi-24k",
    summary="Mimi's shape with few channels: two stages of strides 2 and 3, two acoustic levels",
    audio=AudioSizes(
        sample_rate_hz=24_000, filters=2, ratios=(3, 2), half=2, kernel=7, last_kernel=3, residual_kernel=3,
        dilations=(1,), compress=2, dim=8, layers=1, heads=2, ff=16, ring=8, codebooks=3, card=4, code_dim=4,
        reading="parallel", is_mimi=True,
    ),
)  # fmt: skip
WHOLE = replace(TINY, name="josie-v4o")  # 64 wide, 4 heads of 16, 2 key-value heads; patches of 3 x 2 x 8 x 8, 32 wide

# SEANet: number of the module in its stack → shape of its weight; even its activations are counted.
ENCODER = {"0": (2, 1, 7), "3": (4, 2, 4), "6": (8, 4, 6), "8": (8, 8, 3)}
ENCODER_UNITS = {"1.block.1": (1, 2, 3), "1.block.3": (2, 1, 1), "4.block.1": (2, 4, 3), "4.block.3": (4, 2, 1)}
DECODER = {"0": (8, 8, 7), "8": (1, 2, 3)}
DECODER_UPWARD = {"2": (8, 4, 6), "5": (4, 2, 4)}
DECODER_UNITS = {"3.block.1": (2, 4, 3), "3.block.3": (4, 2, 1), "6.block.1": (1, 2, 3), "6.block.3": (2, 1, 1)}


def with_biases(shapes: dict[str, tuple[int, ...]], upward: bool = False) -> dict[str, tuple[int, ...]]:
    """Return weights and biases; a transposed convolution's channels out are its second axis."""
    return {f"{name}.weight": shape for name, shape in shapes.items()} | {
        f"{name}.bias": (shape[1] if upward else shape[0],) for name, shape in shapes.items()
    }


def mimi_shapes() -> dict[str, tuple[int, ...]]:
    found = {"downsample.conv.weight": (8, 8, 4), "upsample.conv.weight": (8, 1, 4)}
    found |= with_biases({f"encoder.layers.{name}.conv": s for name, s in (ENCODER | ENCODER_UNITS).items()})
    found |= with_biases({f"decoder.layers.{name}.conv": s for name, s in (DECODER | DECODER_UNITS).items()})
    found |= with_biases({f"decoder.layers.{name}.conv": s for name, s in DECODER_UPWARD.items()}, upward=True)
    for side in ("encoder", "decoder"):
        layer = f"{side}_transformer.layers.0"
        found |= {
            f"{layer}.input_layernorm.weight": (8,), f"{layer}.input_layernorm.bias": (8,),
            f"{layer}.self_attn.q_proj.weight": (8, 8), f"{layer}.self_attn.k_proj.weight": (8, 8),
            f"{layer}.self_attn.v_proj.weight": (8, 8), f"{layer}.self_attn.o_proj.weight": (8, 8),
            f"{layer}.self_attn_layer_scale.scale": (8,), f"{layer}.mlp_layer_scale.scale": (8,),
            f"{layer}.post_attention_layernorm.weight": (8,), f"{layer}.post_attention_layernorm.bias": (8,),
            f"{layer}.mlp.fc1.weight": (16, 8), f"{layer}.mlp.fc2.weight": (8, 16),
        }  # fmt: skip
    for name, levels in (("semantic", 1), ("acoustic", 4)):  # two acoustic levels more than are taken
        stack = f"quantizer.{name}_residual_vector_quantizer"
        found |= {f"{stack}.input_proj.weight": (4, 8, 1), f"{stack}.output_proj.weight": (8, 4, 1)}
        for level in range(levels):
            found |= {f"{stack}.layers.{level}.codebook.embed_sum": (4, 4)}
            found |= {f"{stack}.layers.{level}.codebook.cluster_usage": (4,)}
            found |= {f"{stack}.layers.{level}.codebook.initialized": (1,)}
    return found


def moshi_shapes() -> dict[str, tuple[int, ...]]:
    found = {"downsample.conv.conv.conv.weight": (8, 8, 4), "upsample.convtr.convtr.convtr.weight": (8, 1, 4)}
    found |= with_biases({f"encoder.model.{name}.conv.conv": s for name, s in (ENCODER | ENCODER_UNITS).items()})
    found |= with_biases({f"decoder.model.{name}.conv.conv": s for name, s in (DECODER | DECODER_UNITS).items()})
    found |= with_biases({f"decoder.model.{name}.convtr.convtr": s for name, s in DECODER_UPWARD.items()}, upward=True)
    for side in ("encoder", "decoder"):
        layer = f"{side}_transformer.transformer.layers.0"
        found |= {
            f"{layer}.norm1.weight": (8,), f"{layer}.norm1.bias": (8,),
            f"{layer}.norm2.weight": (8,), f"{layer}.norm2.bias": (8,),
            f"{layer}.self_attn.in_proj_weight": (24, 8), f"{layer}.self_attn.out_proj.weight": (8, 8),
            f"{layer}.layer_scale_1.scale": (8,), f"{layer}.layer_scale_2.scale": (8,),
            f"{layer}.linear1.weight": (16, 8), f"{layer}.linear2.weight": (8, 16),
        }  # fmt: skip
    for name, levels in (("rvq_first", 1), ("rvq_rest", 4)):
        stack = f"quantizer.{name}"
        found |= {f"{stack}.input_proj.weight": (4, 8, 1), f"{stack}.output_proj.weight": (8, 4, 1)}
        for level in range(levels):
            found |= {f"{stack}.vq.layers.{level}._codebook.embedding_sum": (4, 4)}
            found |= {f"{stack}.vq.layers.{level}._codebook.cluster_usage": (4,)}
            found |= {f"{stack}.vq.layers.{level}._codebook._initialized": (1,)}
    return found


def qwen2_shapes() -> dict[str, tuple[int, ...]]:
    found = {"model.embed_tokens.weight": (512, 64), "model.norm.weight": (64,), "lm_head.weight": (512, 64)}
    for layer in ("model.layers.0", "model.layers.1"):
        found |= {
            f"{layer}.input_layernorm.weight": (64,), f"{layer}.post_attention_layernorm.weight": (64,),
            f"{layer}.self_attn.q_proj.weight": (64, 64), f"{layer}.self_attn.q_proj.bias": (64,),
            f"{layer}.self_attn.k_proj.weight": (32, 64), f"{layer}.self_attn.k_proj.bias": (32,),
            f"{layer}.self_attn.v_proj.weight": (32, 64), f"{layer}.self_attn.v_proj.bias": (32,),
            f"{layer}.self_attn.o_proj.weight": (64, 64),
            f"{layer}.mlp.gate_proj.weight": (128, 64), f"{layer}.mlp.up_proj.weight": (128, 64),
            f"{layer}.mlp.down_proj.weight": (64, 128),
        }  # fmt: skip
    return found


def vision_shapes() -> dict[str, tuple[int, ...]]:
    """Return the tower's, with a little of the wider language model that is published beside it."""
    found = {
        "model.embed_tokens.weight": (12, 32), "model.layers.0.self_attn.q_proj.weight": (32, 32),
        "model.norm.weight": (32,), "visual.patch_embed.proj.weight": (32, 3, 2, 8, 8),
        "visual.merger.ln_q.weight": (32,),
        "visual.merger.mlp.0.weight": (128, 128), "visual.merger.mlp.0.bias": (128,),
        "visual.merger.mlp.2.weight": (32, 128), "visual.merger.mlp.2.bias": (32,),
    }  # fmt: skip
    for layer in ("visual.blocks.0", "visual.blocks.1"):
        found |= {
            f"{layer}.norm1.weight": (32,), f"{layer}.norm2.weight": (32,),
            f"{layer}.attn.qkv.weight": (96, 32), f"{layer}.attn.qkv.bias": (96,),
            f"{layer}.attn.proj.weight": (32, 32), f"{layer}.attn.proj.bias": (32,),
            f"{layer}.mlp.gate_proj.weight": (64, 32), f"{layer}.mlp.gate_proj.bias": (64,),
            f"{layer}.mlp.up_proj.weight": (64, 32), f"{layer}.mlp.up_proj.bias": (64,),
            f"{layer}.mlp.down_proj.weight": (32, 64), f"{layer}.mlp.down_proj.bias": (32,),
        }  # fmt: skip
    return found


SHAPES = {"mimi": mimi_shapes, "mimi_moshi": moshi_shapes, "qwen2": qwen2_shapes, "qwen2_vision": vision_shapes}
SIZES = {"mimi": CODEC, "mimi_moshi": CODEC, "qwen2": WHOLE, "qwen2_vision": WHOLE}


def filled(shapes: dict[str, tuple[int, ...]], dtype: torch.dtype = torch.float32) -> dict[str, torch.Tensor]:
    """Return tensors of these shapes, no two alike; usages and scales are positive as real ones are."""
    draw = torch.Generator().manual_seed(0)
    return {name: (torch.rand(shape, generator=draw) + 0.5).to(dtype) for name, shape in sorted(shapes.items())}


def state(layout: str, dtype: torch.dtype = torch.float32) -> dict[str, torch.Tensor]:
    """Return a checkpoint in a layout, by key."""
    return filled(SHAPES[layout](), dtype)
