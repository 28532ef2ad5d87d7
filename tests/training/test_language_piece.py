"""The language piece: over which codec, what it leaves alone, and what it looks at."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from josie_bench.errors import UsageError, WeightsError
from josie_bench.model.presets import NANO, TINY, find_sizes
from josie_bench.model.weights import build_model, weights_digest
from josie_bench.terms.model_choice import ModelChoice
from josie_bench.training.beginning import named_files
from josie_bench.training.language_piece import LONG_EVERY, LONG_TIMES, language_piece, model_before
from josie_bench.training.loop import Draws
from josie_bench.training.sections.language import Keys
from josie_bench.training.tapes import Reel
from tests.training.small import save_codec

KEYS = {
    "preset": "tiny",
    "lessons": {"transcribe": 1.0, "converse": 1.0},
    "steps": 8,
    "batch": 4,
    "frames": 32,
    "weights": ["codec.safetensors"],
}


@pytest.fixture
def piece(talker, tmp_path):
    """Return a function that makes the piece, and what it is trained on."""

    def make(**changes):
        keys = Keys(**(KEYS | changes))
        before = model_before(keys, TINY, {}, named_files(keys.weights, "tiny", tmp_path), seed=0)
        return language_piece(keys, before, tmp_path / "tapes", tmp_path, lambda _: None, seed=0), before.model

    save_codec(tmp_path)
    return make


def draws():
    return Draws(numpy=np.random.default_rng(0), torch=torch.Generator().manual_seed(0))


def test_it_begins_with_the_codec_that_was_trained_before(tmp_path):
    digest = save_codec(tmp_path)
    model = model_before(Keys(**KEYS), TINY, {}, [tmp_path / "codec.safetensors"], seed=0).model
    assert weights_digest(model.audio_encoder) == digest
    own = {name: part for name, part in build_model(TINY, seed=5).named_parameters() if name.startswith("audio_")}
    same = model_before(Keys(**KEYS), TINY, own, [], seed=0).model
    assert weights_digest(same.audio_encoder) == digest


def test_without_a_trained_codec_it_is_refused_with_the_mend(tmp_path):
    with pytest.raises(UsageError, match="add a section codec, or its file under"):
        model_before(Keys(**KEYS), TINY, {}, [], seed=0)
    save_codec(tmp_path, preset="nano")
    with pytest.raises(WeightsError, match="weights of preset nano, not of tiny"):
        model_before(Keys(**KEYS), TINY, {}, [tmp_path / "codec.safetensors"], seed=0)


def test_the_codec_stays_and_both_transformers_learn(piece):
    made, model = piece()
    made.total(made.losses(0, draws())).backward()
    learning = {name.partition(".")[0] for name, part in model.named_parameters() if part.grad is not None}
    assert learning == {"temporal_transformer", "depth_transformer"}
    assert {name.partition(".")[0] for name in made.trained()} == {
        "audio_encoder",
        "audio_decoder",
        "temporal_transformer",
        "depth_transformer",
    }


def test_now_and_then_crops_are_fewer_and_longer(piece, monkeypatch):
    made, _ = piece()
    shapes = []
    monkeypatch.setattr(made, "learner", lambda batch, _: shapes.append(tuple(batch.frames.shape)))
    for step in range(LONG_EVERY):
        made.losses(step, draws())
    assert shapes == [(4, 32)] * (LONG_EVERY - 1) + [(4 // LONG_TIMES, 32 * LONG_TIMES)]


def test_what_was_held_out_is_looked_at_by_lesson_and_changes_nothing(piece):
    made, model = piece()
    before = weights_digest(model)
    found = made.look()
    assert found == made.look()
    assert weights_digest(model) == before
    assert {"transcribe_text", "transcribe_words", "converse_text", "converse_words", "converse_semantic"} <= set(found)


def test_a_piece_is_known_by_its_keys_and_its_codec(piece, tmp_path):
    identity = piece()[0].identity
    assert piece(lr=0.1)[0].identity == identity
    assert piece(batch=8)[0].identity != identity
    save_codec(tmp_path, seed=6)
    assert piece()[0].identity != identity


def test_a_piece_is_known_by_what_was_there_before_it_began(piece, tmp_path):
    """Where rows are placed hangs on the threads that compute it, and a training may go on with another number."""
    files = [tmp_path / "codec.safetensors"]
    assert weights_digest(model_before(Keys(**KEYS), TINY, {}, files, seed=0).model) in piece()[0].identity


SEES = {"lessons": {"answer": 1.0, "converse": 1.0}}


def test_a_lesson_that_sees_takes_a_trained_vision_encoder_which_stays_and_is_given_on(piece, tmp_path):
    with pytest.raises(UsageError, match="no vision encoder of tiny is trained: add a section vision, or its file"):
        piece(**SEES)
    save_codec(tmp_path, parts=("audio_", "vision_encoder."))
    made, model = piece(**SEES)
    before = weights_digest(model.vision_encoder)
    made.total(made.losses(0, draws())).backward()
    assert all(part.grad is None for part in model.vision_encoder.parameters())
    given = {name: tensor for name, tensor in made.trained().items() if name.startswith("vision_encoder.")}
    assert len(given) == len(list(model.vision_encoder.parameters()))
    assert weights_digest(model.vision_encoder) == before


def lie_alike(rows, entries):
    """Return whether rows of codes are as far from each other as the entries are."""
    apart, wanted = (torch.cdist(each[: len(entries)], each[: len(entries)]).flatten() for each in (rows, entries))
    return bool(torch.corrcoef(torch.stack((apart, wanted)))[0, 1] > 0.999)


def test_what_codes_mean_begins_from_their_entries_where_nothing_was_learnt(piece, tmp_path):
    save_codec(tmp_path, parts=("audio_", "vision_encoder."))
    _, model = piece(**SEES)
    rows = model.temporal_transformer.audio.table.weight.detach()
    semantic = model.audio_encoder.quantizer.chains[0].codebooks.detach()[0]
    users = TINY.audio.codebooks * (TINY.audio.card + 1)
    assert lie_alike(rows, semantic)
    assert torch.equal(rows[:users], rows[users:])
    assert lie_alike(
        model.temporal_transformer.vision.table.weight.detach(), model.vision_encoder.quantizer.codebooks.detach()[0]
    )


def test_what_was_learnt_stays_but_for_what_is_to_be_seen_anew(piece, tmp_path):
    save_codec(tmp_path, parts=("audio_", "vision_encoder.", "temporal_transformer.", "depth_transformer."))
    learnt = build_model(TINY, seed=5).temporal_transformer
    _, kept = piece(**SEES)
    assert torch.equal(kept.temporal_transformer.vision.table.weight, learnt.vision.table.weight)
    _, anew = piece(**SEES, anew="sight")
    assert torch.equal(anew.temporal_transformer.audio.table.weight, learnt.audio.table.weight)
    rows = anew.temporal_transformer.vision.table.weight.detach()
    assert lie_alike(rows, anew.vision_encoder.quantizer.codebooks.detach()[0])


def test_the_language_part_of_a_file_may_be_left_out_and_its_senses_kept(piece, tmp_path):
    codec = save_codec(tmp_path, parts=("audio_", "vision_encoder.", "temporal_transformer.", "depth_transformer."))
    _, model = piece(**SEES, anew="language")
    assert weights_digest(model.audio_encoder) == codec
    save_codec(tmp_path, parts=("audio_", "vision_encoder."))
    _, without = piece(**SEES)
    assert weights_digest(model) == weights_digest(without)


def test_what_is_left_out_of_a_file_need_not_fit(tmp_path):
    save_codec(tmp_path, parts=("audio_", "temporal_transformer.", "depth_transformer."))
    sizes = find_sizes(ModelChoice(preset="tiny", ablate=("rms_norm",)))
    files = [tmp_path / "codec.safetensors"]
    with pytest.raises(WeightsError, match="attention_norm"):
        model_before(Keys(**KEYS), sizes, {}, files, seed=0)
    found = model_before(Keys(**KEYS | {"anew": "language"}), sizes, {}, files, seed=0)
    assert found.trained == {"audio_encoder", "audio_decoder"}


def test_transformers_that_have_learnt_go_on_from_where_they_are(piece, tmp_path):
    save_codec(tmp_path, parts=("audio_", "temporal_transformer.", "depth_transformer."))
    _, model = piece()
    wanted = build_model(TINY, seed=5)
    assert weights_digest(model.temporal_transformer) == weights_digest(wanted.temporal_transformer)
    assert weights_digest(model.depth_transformer) == weights_digest(wanted.depth_transformer)


def test_what_is_shipped_is_a_begin(tmp_path):
    files = named_files(["shipped"], "nano", tmp_path)
    found = model_before(Keys(**(KEYS | {"preset": "nano"})), NANO, {}, files, seed=0)
    assert {"audio_encoder", "audio_decoder", "temporal_transformer", "depth_transformer"} <= found.trained


def test_what_comes_ahead_comes_in_order_for_its_steps(piece, monkeypatch):
    ahead = {
        "first": {"lessons": {"converse": 1.0}, "steps": 2, "frames": 32},
        "then": {"lessons": {"transcribe": 1.0}, "steps": 1, "frames": 16},
    }
    made, _ = piece(ahead=ahead, steps=8)
    drawn, kinds, frames = [], [], []
    real = Reel.draw
    monkeypatch.setattr(Reel, "draw", lambda self, *args, **how: drawn.append(self.typed) or real(self, *args, **how))
    monkeypatch.setattr(made, "learner", lambda batch, _: frames.append(batch.frames.shape[1]) or {})
    for step in range(8):
        made.losses(step, draws())
        kinds.append(set(drawn))
        drawn.clear()
    asked = {typed for decks in made.stages for deck in decks for reel in deck.reels if (typed := reel.typed)}
    assert kinds[:3] == [{()}, {()}, asked]  # transcripts alone are asked for
    assert set.union(*kinds[3:]) == {(), *asked}
    assert frames[:3] == [32, 32, 16]


@pytest.mark.parametrize(("hidden", "is_learnt"), [(0.0, True), (1.0, False)])
def test_a_voice_that_is_hidden_is_not_learnt(piece, monkeypatch, hidden, is_learnt):
    made, _ = piece(lessons={"converse": 1.0}, hidden=hidden)
    batches = []
    monkeypatch.setattr(made, "learner", lambda batch, _: batches.append(batch) or {})
    draw = draws()
    for _ in range(4):
        made.losses(0, draw)
    assert any(batch.aloud.any() for batch in batches) is is_learnt


@pytest.mark.parametrize(("noisy", "wanted"), [(0.0, {False}), (0.5, {False, True}), (1.0, {True})])
def test_its_share_of_the_crops_is_heard_in_noise(piece, monkeypatch, noisy, wanted):
    made, _ = piece(noisy=noisy)
    drawn = []
    real = Reel.draw
    monkeypatch.setattr(Reel, "draw", lambda *args, is_noisy: drawn.append(is_noisy) or real(*args, is_noisy=is_noisy))
    monkeypatch.setattr(made, "learner", lambda batch, _: {})
    draw = draws()
    for step in range(8):
        made.losses(step, draw)
    assert set(drawn) == wanted


def test_what_is_learnt_in_noise_is_looked_at_in_noise_too(piece):
    plain, noisy = piece()[0].look(), piece(noisy=0.5)[0].look()
    assert set(noisy) - set(plain) >= {"transcribe_in_noise_words", "converse_in_noise_semantic"}
    assert {name: noisy[name] for name in plain} == plain
    assert noisy["transcribe_in_noise_text"] != noisy["transcribe_text"]


def test_noise_ahead_alone_is_noise(piece):
    ahead = {"first": {"lessons": {"transcribe": 1.0}, "steps": 2, "frames": 32, "noisy": 1.0}}
    made, _ = piece(ahead=ahead)
    assert all(reel.noisy for decks in made.stages for deck in decks for reel in deck.reels)
