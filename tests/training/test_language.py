"""The language part's losses: what counts how much, and that the model learns a tape by heart."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from josie_bench.model.components.temporal_transformer import SummedEmbedding
from josie_bench.model.presets import TINY
from josie_bench.model.weights import Model, build_model
from josie_bench.training.language import SCALE_LIMITS, LanguageLearner, begin_from_entries
from josie_bench.training.muon import optimizers
from josie_bench.training.sequences import Tape, batch_of

PAD, SILENCE = TINY.text.pad_id, TINY.text.silence_id


def tape(frames=12):
    draw = np.random.default_rng(0)
    text = np.full(frames, SILENCE, np.int16)
    text[4:9] = (PAD, 7, 8, PAD, 9)
    heard, own = draw.integers(0, TINY.audio.card, (2, frames, TINY.audio.codebooks)).astype(np.int16)
    return Tape(heard=heard, own=own, text=text, aloud=text != SILENCE, starts=text == SILENCE)


@pytest.fixture
def learner():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return LanguageLearner(Model(TINY).train())


def draw():
    return torch.Generator().manual_seed(0)


BATCH = batch_of([tape()], TINY, are_gated=[True])


def test_before_it_learns_every_token_is_about_as_likely(learner):
    losses = learner(BATCH, draw())
    assert losses["text"].item() == pytest.approx(math.log(TINY.text.vocabulary), abs=1.0)
    assert losses["semantic"].item() == pytest.approx(math.log(TINY.audio.card), abs=0.7)
    assert losses["acoustic"].item() == pytest.approx(math.log(TINY.audio.card), abs=0.7)


def test_where_nothing_is_said_aloud_no_code_is_learnt_not_even_those_of_silence(learner):
    hidden = batch_of([tape()], TINY, are_gated=[True], are_hidden=[True])
    losses = learner(hidden, draw())
    assert set(losses) == {"text"}
    assert learner.total(losses).item() == pytest.approx(losses["text"].item())  # s is 0


def test_silence_and_pads_count_less_than_words(learner):
    scores = torch.zeros(3, TINY.text.vocabulary)
    scores[0, 7] = scores[1, PAD] = scores[2, SILENCE] = torch.tensor(math.log(511))  # each is drawn every second time
    every = learner._text_loss(scores, torch.tensor([[7, PAD, SILENCE]])).item()
    assert every == pytest.approx(math.log(2), rel=1e-5)
    wrong = learner._text_loss(scores, torch.tensor([[7, PAD, 7]])).item()
    assert wrong == pytest.approx((1.5 * math.log(2) + math.log(2 * 511)) / 2.5, rel=1e-5)


def test_the_pad_that_ends_a_silence_counts_most(learner):
    found = learner._weights(torch.tensor([[PAD, SILENCE, PAD, PAD, 7, SILENCE, 7, PAD]]))
    assert found.tolist() == [pytest.approx([0.5, 0.4, 2.0, 0.5, 1.0, 0.4, 1.0, 0.5])]


def test_what_is_learnt_by_adds_shares_of_weighed_losses_and_what_the_weights_cost(learner):
    losses = {"text": torch.tensor(2.0), "semantic": torch.tensor(3.0), "acoustic": torch.tensor(4.0)}
    assert learner.total(losses).item() == pytest.approx(2.0 + 3.0 + 0.5 * 4.0)
    with torch.no_grad():
        learner.scales.copy_(torch.tensor([math.log(2.0), 0.0, 9.0]))
    wanted = (1.0 + math.log(2.0)) + 3.0 + 0.5 * (4.0 * math.exp(-SCALE_LIMITS[1]) + SCALE_LIMITS[1])
    assert learner.total(losses).item() == pytest.approx(wanted, rel=1e-5)


def test_teacher_forced_scores_are_those_that_tokens_are_drawn_by(learner):
    """Greedy tokens of a frame are the likeliest by the scores that they themselves lead to."""
    depth = build_model(TINY, seed=1).depth_transformer
    hidden = torch.randn(5, TINY.temporal.dim, generator=draw())
    noise = torch.zeros(5, TINY.text.vocabulary), torch.zeros(5, TINY.audio.codebooks, TINY.audio.card)
    (tokens,) = depth(hidden, *noise, torch.full((5, 1 + TINY.audio.codebooks), -1))
    scores = list(depth.scores(hidden, tokens.unbind(-1)))
    assert torch.equal(torch.stack([each.argmax(-1) for each in scores], dim=-1), tokens)
    assert torch.equal(next(depth.scores(hidden, ())), scores[0])


def test_a_tape_is_learnt_by_heart(learner):
    steppers = optimizers(learner, 5e-3)
    for _ in range(80):
        for stepper in steppers:
            stepper.zero_grad(set_to_none=True)
        learner.total(learner(BATCH, draw())).backward()
        for stepper in steppers:
            stepper.step()
    found = learner.look(BATCH)
    assert found["words"] == 1.0
    assert found["text"] < 0.1
    assert found["semantic"] < 0.5


def test_rows_begun_from_entries_lie_as_the_entries_do():
    embedding = SummedEmbedding(streams=2, card=4, dim=6)
    size = embedding.table.weight.square().mean().item()
    codebooks = torch.tensor([[[3.0, 0.0], [0.0, 3.0], [0.0, 0.0]], [[1.0, 0.0], [0.0, 0.0], [-1.0, 0.0]]])
    begin_from_entries(embedding, codebooks)
    rows = embedding.table.weight.detach().unflatten(0, (2, 4))
    assert rows.square().mean().item() == pytest.approx(size, rel=1e-5)
    assert torch.equal(rows[:, 3], torch.zeros(2, 6))  # "not yet"
    scale = torch.dist(rows[0, 0], rows[0, 2]).item() / 3
    for level, one, other in ((0, 0, 1), (0, 1, 2), (1, 0, 1), (1, 0, 2)):
        apart = torch.dist(codebooks[level, one], codebooks[level, other]).item()
        assert torch.dist(rows[level, one], rows[level, other]).item() == pytest.approx(scale * apart, rel=1e-5)
    assert rows[0, :3].sum(0).abs().max() < 1e-5 * scale  # about their mean
