"""Tapes of a corpus of tones: encoded once, kept for one codec, and drawn from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from josie_bench.corpora import open_corpus
from josie_bench.model.presets import TINY
from josie_bench.model.tokenizer import find_tokenizer
from josie_bench.model.weights import build_model
from josie_bench.plugins import find_member
from josie_bench.runtime.patches import cut_patches, patch_layout
from josie_bench.training.lessons import Writing
from josie_bench.training.noise import in_noise
from josie_bench.training.tapes import Recorder
from tests.training.small import FRAME

SILENCE = TINY.text.silence_id


@pytest.fixture
def recorder(talker, tmp_path):
    """Return a function that gives a recorder over the codec of a seed."""

    def make(seed=0, told=None):
        model = build_model(TINY, seed=seed)
        return Recorder(
            encoder=model.audio_encoder,
            seer=model.vision_encoder,
            write=Writing(tokenizer=find_tokenizer("nano"), text=TINY.text, frame_samples=FRAME),
            rate_hz=16_000,
            corpora=Path("nowhere"),
            cache=tmp_path,
            tell=(lambda _: None) if told is None else told.append,
        )

    return make


def reel(recorder, name, split="train", **kwargs):
    return recorder.reel(name, find_member("training.lessons", name), split, **kwargs)


def test_two_utterances_are_a_tape_and_a_conversation_is_one(recorder):
    assert len(reel(recorder(), "transcribe").tapes) == 2
    assert len(reel(recorder(), "converse").tapes) == 4


def test_a_tape_holds_the_codes_that_the_encoder_gives(recorder, talker):
    made = recorder()
    tape = reel(made, "converse").tapes[1]
    heard = talker.hear(None, talker.items[1], 16_000)
    encoder = made.encoder
    for sound, codes in ((heard.audio, tape.heard), (heard.partner, tape.own)):
        wanted = encoder(torch.from_numpy(sound)[None], *encoder.zero_state())[0]
        assert np.array_equal(codes, wanted[0].T.numpy())


def test_who_says_nothing_has_the_codes_of_silence(recorder):
    made = recorder()
    tape = reel(made, "transcribe").tapes[0]
    assert np.array_equal(tape.own, made._codes([np.zeros(len(tape.text) * FRAME, np.float32)])[0])
    assert not tape.aloud.any()


def test_tapes_are_kept_for_one_codec_and_made_anew_for_another(recorder, talker):
    told = []
    first = reel(recorder(told=told), "converse")
    heard = talker.heard
    again = reel(recorder(told=told), "converse")
    assert talker.heard == heard
    assert all(np.array_equal(one.heard, other.heard) for one, other in zip(first.tapes, again.tapes, strict=True))
    assert all(np.array_equal(one.text, other.text) for one, other in zip(first.tapes, again.tapes, strict=True))
    reel(recorder(seed=1, told=told), "converse")
    assert talker.heard == 2 * heard
    assert told == ["converse: 4 items of talks are spoken and encoded"] * 2


def test_what_is_seen_comes_window_by_window_as_the_encoder_gives_it(recorder, talker):
    made = recorder()
    first, second = reel(made, "answer").tapes[:2]
    assert [taken.at for taken in first.taken] == [0, 4, 8]  # 600 ms in windows of 200 ms
    assert [taken.at for taken in second.taken] == [0, 6]  # and of 300 ms
    frames = open_corpus("questions", Path("nowhere")).shown(talker.items[1], 300.0)
    layout = patch_layout(2, 2, TINY.vision.merge, TINY.vision.cells)
    patches = torch.from_numpy(cut_patches(list(frames), TINY.vision, layout))
    inputs = (patches, torch.from_numpy(layout.grid), torch.from_numpy(layout.cell))
    wanted = made.seer(*inputs, *made.seer.zero_state())[0][0].numpy()
    for index, taken in enumerate(second.taken):
        assert (taken.columns, taken.frame_count, taken.typed) == (2, 6, ())
        assert np.array_equal(taken.seen, wanted[index : index + 1])


def test_what_is_asked_for_at_a_time_is_typed_then_and_not_where_a_crop_begins(recorder):
    made = recorder()
    for _ in range(2):  # the second time as it was kept
        found = reel(made, "describe")
        assert found.typed == ()
        for tape in found.tapes:
            (asked,) = (taken for taken in tape.taken if taken.typed)
            assert asked.typed == tuple(made.write.tokenizer.encode("describe"))
            assert asked.at == np.flatnonzero(tape.text != SILENCE)[0] - 2
            assert [taken.at for taken in tape.taken] == sorted(taken.at for taken in tape.taken)
    assert reel(made, "transcribe").typed == tuple(made.write.tokenizer.encode("transcribe"))
    assert not any(tape.taken for tape in reel(made, "transcribe").tapes)


def test_where_nobody_is_heard_it_is_silent_as_long_as_the_clip(recorder):
    made = recorder()
    tape = reel(made, "describe").tapes[0]
    assert [taken.at for taken in tape.taken if taken.seen is not None] == [0, 4, 8]
    assert len(tape.text) > 12  # 600 ms, and the words do not end before
    silence = made._codes([np.zeros(len(tape.text) * FRAME, np.float32)])[0]
    assert np.array_equal(tape.heard, silence)


def test_what_is_seen_is_kept_for_one_vision_encoder(recorder, talker):
    told = []
    first = reel(recorder(told=told), "answer")
    again = reel(recorder(told=told), "answer")
    assert len(told) == 1
    for one, other in zip(first.tapes, again.tapes, strict=True):
        assert [taken.at for taken in one.taken] == [taken.at for taken in other.taken]
        assert all(np.array_equal(a.seen, b.seen) for a, b in zip(one.taken, other.taken, strict=True))
    made = recorder(told=told)
    reel(replace(made, seer=build_model(TINY, seed=1).vision_encoder), "answer")
    assert len(told) == 2
    reel(replace(made, seer=build_model(TINY, seed=1).vision_encoder), "converse")
    reel(made, "converse")  # in which nothing is seen
    assert len(told) == 3


def test_a_crop_begins_in_silence_and_goes_on_into_another_tape(recorder):
    found = reel(recorder(), "converse")
    for seed in range(20):
        crop = found.draw(np.random.default_rng(seed), 40)
        assert len(crop.text) == 40
        assert crop.text[0] == SILENCE
        assert not crop.aloud[0]
        assert crop.taken == ()
    same = [found.draw(np.random.default_rng(3), 40).heard for _ in range(2)]
    assert np.array_equal(*same)


def test_what_a_lesson_is_asked_for_by_is_typed_at_the_begin(recorder):
    crop = reel(recorder(), "transcribe").draw(np.random.default_rng(0), 30)
    (taken,) = crop.taken
    assert (taken.at, find_tokenizer("nano").decode(taken.typed)) == (0, "transcribe")


def test_what_is_heard_is_recorded_in_noise_too_another_for_each_tape(recorder, talker):
    made = recorder()
    found = reel(made, "converse", is_noisy=True)
    assert len(found.noisy) == len(found.tapes) == 4
    draw = np.random.default_rng(list(b"train"))
    for item, tape, codes in zip(talker.items[:4], found.tapes, found.noisy, strict=True):
        sound = in_noise(talker.hear(None, item, 16_000).audio, draw)
        wanted = made.encoder(torch.from_numpy(sound)[None], *made.encoder.zero_state())[0]
        assert np.array_equal(codes, wanted[0].T.numpy())
        assert not np.array_equal(codes, tape.heard)
    assert reel(made, "converse").noisy == ()


def test_a_lesson_in_noise_is_kept_apart_and_is_else_what_it_was(recorder):
    told = []
    made = recorder(told=told)
    plain = reel(made, "describe")
    found, again = (reel(made, "describe", is_noisy=True) for _ in range(2))
    assert len(told) == 2
    assert all(np.array_equal(one, other) for one, other in zip(found.noisy, again.noisy, strict=True))
    for one, other in zip(plain.tapes, found.tapes, strict=True):
        assert np.array_equal(one.heard, other.heard)
        assert [taken.at for taken in one.taken] == [taken.at for taken in other.taken]


def test_a_crop_in_noise_differs_in_what_is_heard_alone(recorder):
    found = reel(recorder(), "converse", is_noisy=True)
    plain, noisy = (found.draw(np.random.default_rng(2), 40, is_noisy=is_noisy) for is_noisy in (False, True))
    assert np.array_equal(plain.text, noisy.text)
    assert np.array_equal(plain.own, noisy.own)
    assert not np.array_equal(plain.heard, noisy.heard)
