"""The temporal transformer against Hugging Face's Qwen2 from one set of weights, on text alone."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from safetensors.torch import save_file

from josie_bench.model.checkpoint import import_published
from josie_bench.model.presets import JOSIE_V4O, TINY
from josie_bench.model.weights import build_model

pytestmark = pytest.mark.oracle
transformers = pytest.importorskip("transformers")

VOCABULARY, LENGTH = 300, 64
# Qwen2.5-1.5B's proportions (six query heads a key head, sections 16:24:24) at a size for a test.
SIZES = replace(
    TINY,
    name=JOSIE_V4O.name,
    temporal=replace(
        JOSIE_V4O.temporal, dim=96, layers=3, heads=6, kv_heads=1, head_dim=16, ff=160, rope_sections=(2, 3, 3),
        frame_ring=LENGTH + 8, vision_ring=8,
    ),
    text=replace(TINY.text, vocabulary=VOCABULARY),
)  # fmt: skip


@pytest.fixture(scope="module")
def theirs():
    torch.manual_seed(1)
    sizes = SIZES.temporal
    config = transformers.Qwen2Config(
        vocab_size=VOCABULARY, hidden_size=sizes.dim, intermediate_size=sizes.ff, num_hidden_layers=sizes.layers,
        num_attention_heads=sizes.heads, num_key_value_heads=sizes.kv_heads, head_dim=sizes.head_dim,
        rms_norm_eps=1e-6, rope_parameters={"rope_type": "default", "rope_theta": sizes.rope_base},
        tie_word_embeddings=True, max_position_embeddings=4096,
    )  # fmt: skip
    model = transformers.Qwen2ForCausalLM(config).eval()
    for name, parameter in model.named_parameters():  # far from the symmetric start, so that every part matters
        parameter.data.normal_(std=0.15 if parameter.ndim == 2 else 0.3)
        if "norm" in name:
            parameter.data += 1.0
    return model


@pytest.fixture(scope="module")
def ours(theirs, tmp_path_factory):
    file = tmp_path_factory.mktemp("qwen2") / "model.safetensors"
    save_file({k: v.contiguous() for k, v in theirs.state_dict().items() if k != "lm_head.weight"}, str(file))
    imported = import_published([file], SIZES)
    assert imported.layout == "qwen2"
    model = build_model(SIZES)
    model.load_state_dict(imported.tensors, strict=False)
    return model.temporal_transformer


def inputs(ids, start=0):
    count = ids.shape[1]
    tokens = torch.full((1, count, SIZES.streams), -1)
    tokens[..., 0] = ids
    vision = torch.full((1, count, SIZES.vision.codebooks), -1)
    places = (start + torch.arange(count))[None, :, None].expand(1, count, 3)
    return tokens, vision, torch.zeros(1, count, dtype=torch.int64), places


def logits(component, hidden):
    return hidden @ component.text.table.weight.T


def test_logits_are_qwen_s_whole_and_one_by_one(theirs, ours, agreement):
    ids = torch.randint(0, VOCABULARY, (1, LENGTH), generator=torch.Generator().manual_seed(0))
    state, steps = ours.zero_state(), []
    with torch.no_grad():
        expected = theirs(ids).logits
        whole = logits(ours, ours(*inputs(ids), *ours.zero_state())[0])
        for at in range(LENGTH):
            hidden, *state = ours(*inputs(ids[:, at : at + 1], at), *state)
            steps.append(logits(ours, hidden))
    scale = float(expected.std())
    assert scale > 0.1
    worst = [float((found - expected).abs().max()) for found in (whole, torch.cat(steps, dim=1))]
    assert max(worst) <= 1e-4
    agreement(
        ours="`temporal_transformer` layers", theirs="transformers Qwen2ForCausalLM",
        what=f"logits of {LENGTH} tokens (spread {scale:.1f}), in one pass and one by one", found=f"{max(worst):.0e}",
        bar="1e-4",
    )  # fmt: skip


def test_greedy_text_is_qwen_s_over_64_tokens(theirs, ours, agreement):
    begin = torch.tensor([[5, 17, 250, 3]])
    with torch.no_grad():
        expected = theirs.generate(begin, do_sample=False, max_new_tokens=64, min_new_tokens=64, pad_token_id=0)[0, 4:]
        state, written, step, at = ours.zero_state(), [], begin, 0
        for _ in range(64):
            hidden, *state = ours(*inputs(step, at), *state)
            at += step.shape[1]
            step = logits(ours, hidden[:, -1]).argmax(-1)[:, None]
            written.append(int(step))
    assert written == expected.tolist()
    assert len(set(written)) >= 30, "a text that repeats itself is soon the same by chance"
    agreement(
        ours="`temporal_transformer` layers", theirs="transformers Qwen2ForCausalLM.generate",
        what="greedy text, 64 tokens", found="identical", bar="identical",
    )  # fmt: skip
