"""The codec's losses: their names, where their gradients reach, and that they fall."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from josie_bench.model.layers.transformer import RingLayer
from josie_bench.model.weights import Model
from josie_bench.training.codec import BRANCH, WEIGHTS, CodecLearner, total
from josie_bench.training.muon import optimizers
from josie_bench.training.sounds import UNKNOWN
from tests.training.small import FRAME, MEL, SEANET, crops

PHONEMES = 5


@pytest.fixture
def draw():
    return torch.Generator().manual_seed(0)


def learner_of(sizes):
    torch.manual_seed(0)
    return CodecLearner(Model(sizes, seed=0).train(), PHONEMES)


def labelled(batch=2, frames=8):
    return crops(batch, frames, np.arange(batch * frames).reshape(batch, frames) % PHONEMES)


@pytest.mark.parametrize("sizes", [MEL, SEANET], ids=lambda sizes: sizes.name)
def test_losses_have_the_names_of_their_weights(sizes, draw):
    learner = learner_of(sizes)
    known = set(WEIGHTS) if sizes is MEL else set(WEIGHTS) - {"auxiliary"}
    losses = learner(labelled(), draw)
    assert set(losses) == known
    assert all(loss.shape == () and loss.isfinite() for loss in losses.values())
    assert set(learner(labelled(), draw, quantises=False)) == known - {"commitment", "phoneme"}


def test_what_is_learnt_by_is_the_weighted_sum():
    losses = {"log_mel": torch.tensor(3.0), "commitment": torch.tensor(8.0)}
    assert float(total(losses)) == pytest.approx(2.0 * 3 + 0.25 * 8)


@pytest.mark.parametrize("quantises", [True, False])
@pytest.mark.parametrize("sizes", [MEL, SEANET], ids=lambda sizes: sizes.name)
def test_gradients_reach_all_of_encoder_and_decoder(sizes, quantises, draw):
    learner = learner_of(sizes)
    total(learner(labelled(), draw, quantises=quantises)).backward()
    unused = {"reader.weight", "reader.bias", "encoder.quantizer.semantic.inward.weight"}
    unused |= {"encoder.quantizer.semantic.outward.weight"}
    for name, parameter in learner.named_parameters():
        if name.endswith("codebooks") or (not quantises and name in unused):
            assert parameter.grad is None, name
        else:
            assert parameter.grad is not None, name
            assert parameter.grad.isfinite().all(), name
            assert parameter.grad.abs().max() > 0, name


def test_a_phoneme_that_nobody_knows_costs_nothing(draw):
    learner = learner_of(MEL)
    loss = learner(crops(), draw)["phoneme"]
    loss.backward()
    assert loss == 0
    assert not [name for name, part in learner.named_parameters() if part.grad is not None and part.grad.abs().sum()]


def test_an_unknown_frame_among_known_ones_is_left_out(draw):
    learner = learner_of(MEL)
    known = labelled()
    semantic = torch.randn(2, 8, MEL.audio.dim, generator=draw)
    all_known = torch.from_numpy(known.phonemes)
    half_known = all_known.clone()
    half_known[1] = UNKNOWN
    of_first = nn.functional.cross_entropy(learner.reader(semantic[0]), all_known[0])
    assert learner._phoneme_loss(semantic, half_known).item() == pytest.approx(of_first.item())


def test_the_phoneme_is_read_from_the_first_code_alone(draw):
    learner = learner_of(MEL)
    learner(labelled(), draw)["phoneme"].backward()
    quantizer = learner.encoder.quantizer
    assert quantizer.semantic.inward.weight.grad.abs().max() > 0
    assert quantizer.acoustic.inward.weight.grad is None
    assert all(parameter.grad is None for parameter in learner.decoder.transformer.parameters())


@pytest.mark.parametrize("sizes", [MEL, SEANET], ids=lambda sizes: sizes.name)
def test_a_few_steps_on_tones_bring_the_sound_nearer(sizes, draw):
    learner = learner_of(sizes)
    learning = optimizers(learner, 4e-3)
    heard = []
    for step in range(30):
        if step == 10:
            learner.begin_codebooks([labelled()], draw)
        losses = learner(labelled(), draw, quantises=step >= 10)
        for optimizer in learning:
            optimizer.zero_grad()
        total(losses).backward()
        for optimizer in learning:
            optimizer.step()
        heard.append(losses["log_mel"].item())
    assert np.mean(heard[-3:]) < 0.7 * heard[0]


def test_codebooks_that_began_say_more_than_seeded_ones(draw):
    learner = learner_of(MEL)
    batch = crops(4)
    latent = learner._latent(torch.from_numpy(batch.audio)).detach()
    wanted = learner.averages.through(latent)

    def missed():
        found = learner.encoder.quantizer.quantize(latent, torch.full((4,), 4))
        return (torch.stack([part.latent for part in found]).sum(0) - wanted).norm().item()

    before = missed()
    learner.begin_codebooks([batch], draw)
    assert missed() < 0.5 * before


def test_codebooks_follow_while_training_and_not_before(draw):
    learner = learner_of(MEL)
    before = learner.encoder.quantizer.semantic.codebooks.detach().clone()
    learner(labelled(), draw, quantises=False)
    assert torch.equal(learner.encoder.quantizer.semantic.codebooks, before)
    learner(labelled(), draw)
    assert not torch.equal(learner.encoder.quantizer.semantic.codebooks, before)


def test_the_halves_share_one_quantiser_and_learn_the_models_own_weights():
    model = Model(MEL, seed=0)
    learner = CodecLearner(model, PHONEMES)
    assert learner.encoder.quantizer is learner.decoder.quantizer
    assert {id(part) for part in model.parameters()} <= {id(part) for part in learner.parameters()}


def test_branches_of_transformers_begin_small():
    model, settled = Model(MEL, seed=0), learner_of(MEL)
    before = [part.out.weight for part in model.audio_decoder.modules() if isinstance(part, RingLayer)]
    after = [part.out.weight for part in settled.decoder.modules() if isinstance(part, RingLayer)]
    assert len(before) == 2
    for one, other in zip(before, after, strict=True):
        assert torch.equal(BRANCH * one, other)


def test_products_of_convolutions_are_of_bfloat16_and_all_else_is_not():
    learner = learner_of(SEANET)
    conv = next(part for part in learner.encoder.modules() if isinstance(part, nn.Conv1d))
    x = torch.randn(1, conv.in_channels, 64)
    exact = nn.functional.conv1d(x, conv.weight, conv.bias, stride=conv.stride, dilation=conv.dilation)
    found = conv(x)
    assert found.dtype == torch.float32
    assert torch.equal(found, found.bfloat16().float())
    assert torch.allclose(found, exact, atol=0.05 * float(exact.detach().abs().max()))


def test_a_late_head_is_held_against_the_sound_it_stands_for(draw):
    assert MEL.audio.delay_samples == 480
    learner = learner_of(MEL)
    audio = torch.from_numpy(crops(frames=12).audio)
    said = torch.nn.functional.pad(audio, (480, 0))[:, : audio.shape[1]]
    learner.decoder.head.sound = lambda features, carry: said[:, None]
    losses = learner._sound_losses(torch.zeros(2, 12, MEL.audio.dim), audio)
    assert losses["log_mel"] == 0
    assert losses["magnitude"] == 0
    assert audio.shape[1] == 12 * FRAME
