"""The intra-frame tower against Hugging Face's Qwen2.5-VL, M-RoPE's positions and rotations, and the cut of patches.

Inter-frame attention is this project's reading of the paper and has no counterpart: here its answer is switched off,
and tests/model holds it against a plain recomputation.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from josie_bench.model.checkpoint import import_published
from josie_bench.model.layers.rotary import Rotary, rotate
from josie_bench.model.presets import JOSIE_V4O, TINY
from josie_bench.model.weights import build_model
from josie_bench.runtime.patches import cut_patches, patch_layout
from josie_bench.runtime.positions import Positions

pytestmark = pytest.mark.oracle
pytest.importorskip("transformers")
pil = pytest.importorskip("transformers.models.qwen2_vl.image_processing_pil_qwen2_vl")
theirs_vl = pytest.importorskip("transformers.models.qwen2_5_vl.modeling_qwen2_5_vl")

# Qwen2.5-VL's shape at a size for a test: windows of 2 x 2 tokens, every second layer looks at the whole frame.
SIZES = replace(
    TINY,
    name=JOSIE_V4O.name,
    vision=replace(
        JOSIE_V4O.vision, dim=64, layers=4, heads=4, ff=96, window_tokens=2, full_layers=(1, 3), inter_layers=2,
        cells=2, out_dim=48,
    ),
)  # fmt: skip
VISION = SIZES.vision


@pytest.fixture(scope="module")
def theirs():
    torch.manual_seed(2)
    config = theirs_vl.Qwen2_5_VLVisionConfig(
        depth=VISION.layers, hidden_size=VISION.dim, num_heads=VISION.heads, intermediate_size=VISION.ff,
        patch_size=VISION.patch, temporal_patch_size=VISION.patch_frames, spatial_merge_size=VISION.merge,
        window_size=VISION.window_tokens * VISION.token_pixels, fullatt_block_indexes=list(VISION.full_layers),
        out_hidden_size=VISION.out_dim, hidden_act="silu",
    )  # fmt: skip
    model = theirs_vl.Qwen2_5_VisionTransformerPretrainedModel(config).eval()
    for name, parameter in model.named_parameters():
        parameter.data.normal_(std=0.1)
        if "norm" in name or "ln_q" in name:
            parameter.data += 1.0
    return model


@pytest.fixture(scope="module")
def ours(theirs, tmp_path_factory):
    file = tmp_path_factory.mktemp("tower") / "model.safetensors"
    save_file({f"visual.{name}": tensor.contiguous() for name, tensor in theirs.state_dict().items()}, str(file))
    imported = import_published([file], SIZES)
    assert imported.layout == "qwen2_vision"
    model = build_model(SIZES)
    model.load_state_dict(imported.tensors, strict=False)
    encoder = model.vision_encoder
    for layer in encoder.inter:
        layer.out.weight.data.zero_()
    encoder.quantizer.encode = lambda latent: latent  # what comes out is the tower's own output
    return encoder


@pytest.mark.parametrize(("rows", "columns", "time"), [(2, 2, 1), (3, 5, 2), (4, 4, 3), (1, 7, 1)])
def test_tokens_are_the_tower_s(theirs, ours, rows, columns, time, agreement):
    """Also where windows do not fill the frame, and for several temporal patches."""
    layout = patch_layout(rows, columns, VISION.merge, VISION.cells)
    count = rows * columns * VISION.merge**2
    draw = torch.Generator().manual_seed(rows * 10 + columns)
    patches = torch.randn(1, time, count, VISION.patch_dim, generator=draw)
    with torch.no_grad():
        grid = torch.tensor([[time, rows * VISION.merge, columns * VISION.merge]])
        expected = theirs(patches.reshape(-1, VISION.patch_dim), grid_thw=grid).pooler_output
        got = ours(patches, torch.from_numpy(layout.grid), torch.from_numpy(layout.cell), *ours.zero_state())[0]
    worst = float((got.reshape(expected.shape) - expected).abs().max() / expected.std())
    assert worst <= 1e-4
    agreement(
        ours="`vision_encoder`, intra-frame", theirs="transformers Qwen2_5_VisionTransformerPretrainedModel",
        what=f"{time} x {rows} x {columns} tokens, relative to their spread", found=f"{worst:.0e}", bar="1e-4",
    )  # fmt: skip


def test_row_and_column_turn_as_in_the_tower(theirs):
    grid = torch.tensor([[0, 0], [0, 5], [9, 0], [11, 23]])
    mine = Rotary(VISION.dim // VISION.heads, sections=(4, 4), each_from_first=True)(grid[None])
    published = theirs.rotary_pos_emb(torch.zeros(1), grid)
    for a, b in zip(mine, published, strict=True):
        torch.testing.assert_close(a[0, 0], b, rtol=0, atol=1e-6)


def test_m_rope_turns_as_qwen_s_language_model(agreement):
    sections, base = (16, 24, 24), 1e6
    draw = torch.Generator().manual_seed(0)
    places = torch.randint(0, 3000, (2, 9, 3), generator=draw)
    query, key = (torch.randn(2, heads, 9, 128, generator=draw) for heads in (12, 2))
    config = theirs_vl.Qwen2_5_VLConfig(
        text_config={
            "hidden_size": 1536, "num_attention_heads": 12, "num_key_value_heads": 2,
            "rope_parameters": {"rope_type": "default", "rope_theta": base, "mrope_section": list(sections)},
        }
    )  # fmt: skip
    rope = theirs_vl.Qwen2_5_VLRotaryEmbedding(config.get_text_config())
    cosine, sine = rope(query, places.permute(2, 0, 1))
    expected = theirs_vl.apply_rotary_pos_emb(query, key, cosine, sine)
    angles = Rotary(128, base=base, sections=sections)(places)
    worst = max(
        float((rotate(mine, *angles) - published).abs().max())
        for mine, published in zip((query, key), expected, strict=True)
    )
    assert worst <= 1e-5
    agreement(
        ours="M-RoPE", theirs="transformers Qwen2_5_VLRotaryEmbedding",
        what="rotated queries and keys, positions to 3000", found=f"{worst:.0e}", bar="1e-5",
    )  # fmt: skip


@pytest.fixture(scope="module")
def qwen():
    """Return the model without numbers: it is asked for places alone."""
    config = theirs_vl.Qwen2_5_VLConfig(
        text_config={"hidden_size": 32, "num_attention_heads": 2, "num_key_value_heads": 2, "num_hidden_layers": 1},
        vision_config={"depth": 1, "hidden_size": 16, "num_heads": 2, "tokens_per_second": 20},
    )
    with torch.device("meta"):
        return theirs_vl.Qwen2_5_VLModel(config)


@pytest.mark.parametrize("patches", range(1, 7))
@pytest.mark.parametrize("frames", [4, 6, 8])
@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (2, 5), (5, 2), (4, 4)])
def test_places_of_pictures_are_qwen_s_and_what_follows_is_not(qwen, patches, frames, rows, columns, agreement):
    """Theirs lets text resume behind the picture (at its longer side, in this version); ours goes on beside it."""
    start, tokens = 4, patches * rows * columns
    kinds = torch.tensor([[0] * start + [2] * tokens + [0] * 2])
    published, _ = qwen.get_rope_index(
        torch.zeros_like(kinds),
        kinds.int(),
        video_grid_thw=torch.tensor([[patches, 2 * rows, 2 * columns]]),
        second_per_grid_ts=torch.tensor([0.05 * frames / patches]),
    )
    positions = Positions(SIZES)
    before = positions.text([0] * start)
    seen = positions.vision(np.zeros((patches, rows * columns, VISION.codebooks), dtype=np.int64), columns, frames)
    after = positions.text([0] * 2)
    theirs_by_token = published[:, 0].T.numpy()
    np.testing.assert_array_equal(before["positions"][0], theirs_by_token[:start])
    np.testing.assert_array_equal(seen["positions"][0], theirs_by_token[start : start + tokens])
    behind = start + max(rows, columns)
    assert theirs_by_token[start + tokens :].tolist() == [[behind] * 3, [behind + 1] * 3]
    assert after["positions"][0].tolist() == [[start] * 3, [start + 1] * 3]
    agreement(
        ours="M-RoPE", theirs="transformers Qwen2_5_VLModel.get_rope_index",
        what="places of text and of up to 6 x 4 x 4 vision tokens, 20 positions a second",
        found="identical up to the picture's end; what follows is a rule of our own", bar="identical",
    )  # fmt: skip


def test_patches_are_cut_as_qwen_s_processor_cuts_them(agreement):
    processor = pil.Qwen2VLImageProcessorPil(
        do_resize=False, image_mean=[0.5] * 3, image_std=[0.5] * 3, patch_size=VISION.patch,
        temporal_patch_size=VISION.patch_frames, merge_size=VISION.merge,
    )  # fmt: skip
    draw = np.random.default_rng(0)
    picture = draw.integers(0, 256, (3 * VISION.token_pixels, 2 * VISION.token_pixels, 3)).astype(np.uint8)
    expected = processor(picture, return_tensors="pt", input_data_format="channels_last")
    layout = patch_layout(3, 2, VISION.merge, VISION.cells)
    got = cut_patches([picture], VISION, layout)
    assert expected["image_grid_thw"].tolist() == [[1, 6, 4]]
    np.testing.assert_allclose(got[0, 0], expected["pixel_values"].numpy(), atol=1e-5)
    agreement(
        ours="cut of patches", theirs="transformers Qwen2VLImageProcessorPil", what="numbers of a 3 x 2 token picture",
        found="equal to 1e-5", bar="1e-5",
    )  # fmt: skip
