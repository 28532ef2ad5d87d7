"""The vision tokenizer's losses: their names, where their gradients reach, and that they fall."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from josie_bench.model.components.vision_encoder import IntraFrameLayer
from josie_bench.model.pixel_decoder import joined
from josie_bench.model.presets import TINY
from josie_bench.model.weights import Model
from josie_bench.runtime.patches import cut_patches, patch_layout
from josie_bench.training.clips import UNKNOWN, Views
from josie_bench.training.muon import optimizers
from josie_bench.training.vision import BRANCH, WEIGHTS, VisionLearner, frame_losses, total

SIZES = TINY.vision
CLASSES = (3, 2)


@pytest.fixture
def draw():
    return torch.Generator().manual_seed(0)


def learner_of():
    torch.manual_seed(0)
    return VisionLearner(Model(TINY, seed=0).train(), CLASSES)


def views(batch=2, patches=3, labels=None):
    """Return squares of other greys that go to the right over black."""
    layout = patch_layout(2, 2, SIZES.merge, SIZES.cells)
    rows = []
    for row in range(batch):
        frames = np.zeros((patches * SIZES.patch_frames, 32, 32, 3), dtype=np.uint8)
        for at, frame in enumerate(frames):
            frame[8 * row : 8 * row + 8, 2 * at : 2 * at + 8] = 255 - 60 * row
        rows.append(cut_patches(list(frames), SIZES, layout))
    if labels is None:
        labels = np.arange(batch * patches * 2).reshape(batch, patches, 2) % 2
    return Views(np.concatenate(rows), layout, labels)


def test_losses_have_the_names_of_their_weights(draw):
    losses = learner_of()(views(), draw)
    assert set(losses) == set(WEIGHTS)
    assert all(loss.shape == () and loss.isfinite() for loss in losses.values())
    assert set(learner_of()(views(), draw, quantises=False)) == {"pixel", "square", "gradient"}


def test_what_is_learnt_by_is_the_weighted_sum():
    losses = {"square": torch.tensor(3.0), "label": torch.tensor(8.0)}
    assert float(total(losses)) == pytest.approx(2.0 * 3 + 0.3 * 8)


@pytest.mark.parametrize("quantises", [True, False])
def test_gradients_reach_all_of_encoder_and_decoder(quantises, draw):
    learner = learner_of()
    total(learner(views(), draw, quantises=quantises)).backward()
    for name, parameter in learner.named_parameters():
        if name.endswith("codebooks") or (not quantises and name.startswith("readers")):
            assert parameter.grad is None, name
        else:
            assert parameter.grad is not None, name
            assert parameter.grad.isfinite().all(), name
            assert parameter.grad.abs().max() > 0, name


def test_frames_that_are_alike_cost_nothing_and_an_edge_costs_twice():
    wanted = torch.zeros(1, 1, 4, 4, 3)
    assert all(loss == 0 for loss in frame_losses(wanted, wanted).values())
    drawn = wanted.clone()
    drawn[:, :, :, 2:] = 0.5  # half of the pixels by 0.5; one of three steps to the right
    found = {name: float(loss) for name, loss in frame_losses(drawn, wanted).items()}
    assert found == pytest.approx({"pixel": 0.25, "square": 0.125, "gradient": 0.5 / 3 / 2})


def test_a_label_that_nobody_knows_costs_nothing(draw):
    unknown = np.full((2, 3, 2), UNKNOWN)
    loss = learner_of()(views(labels=unknown), draw)["label"]
    loss.backward()
    assert loss == 0


def test_an_unknown_label_among_known_ones_is_left_out(draw):
    learner = learner_of()
    first = torch.randn(1, 4, 4, SIZES.code_dim, generator=draw)
    labels = torch.tensor([[[0, 1], [2, 0], [UNKNOWN, 1], [1, UNKNOWN]]])
    seen = first.mean(2)[0]
    of_first = torch.nn.functional.cross_entropy(learner.readers[0](seen[[0, 1, 3]]), torch.tensor([0, 2, 1]))
    of_second = torch.nn.functional.cross_entropy(learner.readers[1](seen[[0, 1, 2]]), torch.tensor([1, 0, 1]))
    assert learner._label_loss(first, labels).item() == pytest.approx(((of_first + of_second) / 2).item())


def test_labels_are_read_from_the_first_code_s_entry_and_teach_the_encoder(draw):
    learner = learner_of()
    latent = torch.randn(2, 3, 4, SIZES.out_dim, generator=draw)
    codes = learner.encoder.quantizer.encode(latent)[..., 0]
    first = learner._first(latent, codes.flatten(1, 2))
    assert torch.allclose(first, learner.encoder.quantizer.codebooks[0][codes], atol=1e-6)
    learner(views(), draw)["label"].backward()
    assert learner.encoder.embed.weight.grad.abs().max() > 0
    assert learner.decoder.out.weight.grad is None


def test_crops_keep_any_number_of_codes_and_half_of_them_all(draw):
    kept = learner_of()._kept(4000, draw)
    assert set(kept.tolist()) == {1, 2}  # tiny has two codes
    assert (kept == 2).float().mean() == pytest.approx(0.75, abs=0.03)


def test_the_mean_patch_is_drawn_first(draw):
    learner = learner_of()
    crop = views()
    learner.begin_pixels(crop)
    wanted = joined(torch.from_numpy(crop.patches), SIZES, 2, 2)
    before = frame_losses(learner_of().decoder(torch.zeros(1, 1, 4, SIZES.out_dim), 2, 2), wanted[:1, :2])["square"]
    after = frame_losses(learner.decoder(torch.zeros(1, 1, 4, SIZES.out_dim), 2, 2), wanted[:1, :2])["square"]
    assert after < 0.5 * before
    mean = learner.decoder(torch.zeros(1, 1, 4, SIZES.out_dim), 2, 2).mean()
    assert mean.item() == pytest.approx(float(crop.patches.mean()), abs=0.01)


def test_a_few_steps_bring_the_frames_nearer_and_the_codes_say_what_is_seen(draw):
    learner = learner_of()
    labels = np.stack([np.full((3, 2), row) for row in range(2)])
    crop = views(labels=labels)
    learner.begin_pixels(crop)
    learning = optimizers(learner, 4e-3)
    drawn, told = [], []
    for step in range(60):
        if step == 10:
            learner.begin_codebooks([crop], draw)
        losses = learner(crop, draw, quantises=step >= 10)
        for optimizer in learning:
            optimizer.zero_grad()
        total(losses).backward()
        for optimizer in learning:
            optimizer.step()
        drawn.append(losses["square"].item())
        told.append(losses["label"].item() if step >= 10 else None)
    assert np.mean(drawn[-5:]) < 0.5 * drawn[0]
    assert np.mean(told[-5:]) < 0.5 * told[10]
    assert learner.psnr_db(crop) > 10


def test_psnr_is_that_of_the_squared_error(monkeypatch):
    learner, crop = learner_of(), views()
    wanted = joined(torch.from_numpy(crop.patches), SIZES, 2, 2)
    monkeypatch.setattr(learner.decoder, "decode", lambda *_: wanted + 0.2)
    assert learner.psnr_db(crop) == pytest.approx(20.0)  # 10 log10 (2² / 0.2²)


def test_branches_of_transformers_begin_small():
    model, settled = Model(TINY, seed=0), learner_of()
    before = [part for part in model.vision_encoder.modules() if isinstance(part, IntraFrameLayer)]
    after = [part for part in settled.encoder.modules() if isinstance(part, IntraFrameLayer)]
    assert len(before) == 2
    for one, other in zip(before, after, strict=True):
        assert torch.equal(BRANCH * one.out.weight, other.out.weight)
        assert torch.equal(BRANCH * one.feed.down.weight, other.feed.down.weight)
        assert torch.equal(one.qkv.weight, other.qkv.weight)


def test_the_model_s_own_encoder_learns_and_shares_its_quantiser_with_the_decoder():
    model = Model(TINY, seed=0)
    learner = VisionLearner(model, CLASSES)
    assert learner.encoder is model.vision_encoder
    assert learner.decoder.quantizer is model.vision_encoder.quantizer
