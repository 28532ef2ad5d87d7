"""The depth loop against moshi's, with weight sets shared between steps.

moshi's loop begins at the semantic step and gets its text token from elsewhere; ours draws the text first. Both are one
loop when moshi runs a step more, whose embedded "text" is nothing and whose first "codebook" is the text.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from josie_bench.model.presets import TINY
from josie_bench.model.weights import build_model

pytestmark = pytest.mark.oracle
lm = pytest.importorskip("moshi.models.lm")

CARD, CODEBOOKS = 64, 4
STEPS = 1 + CODEBOOKS
SETS = (0, 0, 1, 1, 1)
HIDDEN = 66  # moshi's gate narrows a feed-forward of 99 to two thirds
SIZES = replace(
    TINY,
    depth=replace(TINY.depth, dim=48, layers=2, heads=4, ff=HIDDEN, weight_sets=SETS),
    text=replace(TINY.text, vocabulary=CARD, first_special=60, silence_id=60, pad_id=61, end_id=62),
)


@pytest.fixture(scope="module")
def theirs():
    torch.manual_seed(3)
    model = lm.LMModel(
        delays=[0] * (STEPS + 1), n_q=STEPS, dep_q=STEPS, card=CARD, text_card=CARD, dim=SIZES.temporal.dim,
        num_heads=4, num_layers=1, hidden_scale=1, norm="rms_norm_f32", causal=True, context=8, gating="silu",
        positional_embedding="rope", depformer_dim=SIZES.depth.dim, depformer_dim_feedforward=99,
        depformer_multi_linear=True, depformer_weights_per_step=True, depformer_weights_per_step_schedule=list(SETS),
        depformer_pos_emb="none", depformer_norm="rms_norm_f32", depformer_num_heads=4, depformer_num_layers=2,
        depformer_gating="silu",
    )  # fmt: skip
    for name, parameter in model.named_parameters():
        parameter.data.normal_(std=0.2)
        if name.endswith("alpha"):
            parameter.data += 1.0
    norm = model.depformer_norms[0].alpha.data
    for module in model.modules():
        if isinstance(module, type(model.depformer_norms[0])):
            module.eps = 1e-6
    for other in model.depformer_norms:
        other.alpha.data.copy_(norm)  # one norm for all steps, as ours has
    model.depformer_text_emb.weight.data.zero_()
    return model.eval()


@pytest.fixture(scope="module")
def ours(theirs):
    depth = build_model(SIZES).depth_transformer
    with torch.no_grad():
        for step, weights in enumerate(SETS):
            depth.inward[step].weight.copy_(theirs.depformer_in[weights].weight)
        depth.text.weight.copy_(theirs.depformer_emb[0].weight[:CARD])
        theirs.linears[0].weight.copy_(depth.text.weight)  # our text head is its table
        for book in range(CODEBOOKS):
            if book + 1 < STEPS - 1:
                depth.audio[book].weight.copy_(theirs.depformer_emb[book + 1].weight)
            depth.heads[book].weight.copy_(theirs.linears[book + 1].weight)
        depth.norm.weight.copy_(theirs.depformer_norms[0].alpha[0, 0])
        for weights, layers in enumerate(depth.layer_sets):
            for mine, published in zip(layers, theirs.depformer.layers, strict=True):
                mine.qkv.weight.copy_(published.self_attn.in_projs[weights].weight)
                mine.out.weight.copy_(published.self_attn.out_projs[weights].weight)
                mine.attention_norm.weight.copy_(published.norm1.alpha[0, 0])
                mine.feed_norm.weight.copy_(published.norm2.alpha[0, 0])
                gate, up = published.gating[weights].linear_in.weight.chunk(2)
                mine.feed.gate.weight.copy_(gate)
                mine.feed.up.weight.copy_(up)
                mine.feed.down.weight.copy_(published.gating[weights].linear_out.weight)
    return depth


def test_each_step_s_tokens_are_moshi_s(theirs, ours, agreement):
    frames = 200
    draw = torch.Generator().manual_seed(0)
    hidden = 3.0 * torch.randn(frames, SIZES.temporal.dim, generator=draw)
    noise = -torch.log(-torch.log(torch.rand(frames, STEPS, CARD, generator=draw).clamp_min(1e-9)))
    free = torch.full((frames, STEPS), -1)
    with torch.no_grad():
        got = ours(hidden, noise[:, 0], noise[:, 1:], free)[0]
        token, expected = torch.zeros(frames, 1, 1, dtype=torch.int64), []
        with theirs.depformer.streaming(frames):
            for step in range(STEPS):
                logits = theirs.forward_depformer(step, token, hidden[:, None])[:, 0, 0]
                token = (logits + noise[:, step]).argmax(-1)[:, None, None]
                expected.append(token[:, 0, 0])
    same = float((got == torch.stack(expected, dim=-1)).float().mean())
    assert all(len(got[:, step].unique()) > CARD // 3 for step in range(STEPS))
    assert same == 1.0
    agreement(
        ours="`depth_transformer`", theirs="moshi LMModel.forward_depformer",
        what=f"tokens of {frames} frames, {STEPS} steps, weight sets {', '.join(map(str, SETS))}", found="100 % equal",
        bar="100 %",
    )  # fmt: skip


def test_scores_are_moshi_s_when_tokens_are_given(theirs, ours, agreement):
    """Forced tokens, so that one step's scores are compared whatever another drew."""
    frames = 50
    draw = torch.Generator().manual_seed(1)
    hidden = torch.randn(frames, SIZES.temporal.dim, generator=draw)
    given = torch.randint(0, CARD, (frames, STEPS), generator=draw)
    scores = []
    plain = ours._scores
    ours._scores = lambda step, x: scores.append(plain(step, x)) or scores[-1]
    try:
        with torch.no_grad():
            ours(hidden, torch.zeros(frames, CARD), torch.zeros(frames, CODEBOOKS, CARD), given)
            expected = []
            with theirs.depformer.streaming(frames):
                for step in range(STEPS):
                    before = given[:, step - 1] if step else torch.zeros(frames, dtype=torch.int64)
                    expected.append(theirs.forward_depformer(step, before[:, None, None], hidden[:, None])[:, 0, 0])
    finally:
        del ours._scores
    published = torch.stack(expected, dim=1)
    worst = float((torch.stack(scores, dim=1) - published).abs().max() / published.std())
    assert worst <= 1e-5
    agreement(
        ours="`depth_transformer`", theirs="moshi LMModel.forward_depformer",
        what="scores of given tokens, relative to their spread", found=f"{worst:.0e}", bar="1e-5",
    )  # fmt: skip
