"""Tapes as sequences: what each frame holds and what is drawn at it, worked by hand on six frames."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from josie_bench.model.presets import TINY
from josie_bench.model.sizes import ABSENT, VISION
from josie_bench.training.sequences import (
    SLIP_SHARE,
    Batch,
    Taken,
    Tape,
    batch_of,
    drawn_tokens,
    fed_back,
    joined,
    slipped,
)

FRAMES, CODES = 6, TINY.audio.codebooks
NOT_YET, PAD, SILENCE = TINY.audio.card, TINY.text.pad_id, TINY.text.silence_id
TEXT = [SILENCE, PAD, 7, 8, SILENCE, SILENCE]


def tape(text=TEXT, taken=()):
    """Return a tape whose codes say where they are: the user's 10 · frame + code, the model's a half more."""
    frames, codes = len(text), np.arange(CODES)
    heard = 10 * (np.arange(frames) % 5)[:, None] + codes
    says = np.array(text) != SILENCE
    return Tape(
        heard=heard.astype(np.int16),
        own=(heard + 5).astype(np.int16),
        text=np.array(text, np.int16),
        aloud=says,
        starts=~says,
        taken=taken,
    )


def tokens_of(batch, row=0):
    """Return the streams of each frame of a batch, `[frames, streams]`."""
    return batch.inputs["tokens"][row, batch.frames[row]].numpy()


def test_what_is_drawn_are_text_and_semantic_code_of_a_frame_and_acoustic_codes_of_the_one_before():
    drawn = drawn_tokens(tape())
    assert drawn.tolist()[:3] == [
        [SILENCE, 5, 6, 7, 8],
        [PAD, 15, 6, 7, 8],
        [7, 25, 16, 17, 18],
    ]


def test_a_frame_holds_what_was_drawn_before_it_and_what_is_heard_in_it():
    found = tokens_of(batch_of([tape()], TINY, are_gated=[False]))
    assert found[0].tolist() == [PAD, *[NOT_YET] * CODES, 0, *[NOT_YET] * (CODES - 1)]
    assert found[2].tolist() == [PAD, 15, 6, 7, 8, 20, 11, 12, 13]


def test_where_silence_is_gated_a_silent_frame_has_no_codes_and_sound_ends_a_frame_later():
    noted = fed_back(drawn_tokens(tape()), np.array(TEXT) != SILENCE, TINY)
    none = [NOT_YET] * (CODES - 1)
    assert noted[0].tolist() == [SILENCE, NOT_YET, *none]
    assert noted[1].tolist() == [PAD, 15, *none]
    assert noted[3].tolist() == [8, 35, 26, 27, 28]
    assert noted[4].tolist() == [SILENCE, NOT_YET, 36, 37, 38]
    assert noted[5].tolist() == [SILENCE, NOT_YET, *none]


def test_codes_are_drawn_aloud_up_to_the_frame_behind_the_last_word():
    batch = batch_of([tape()], TINY, are_gated=[True])
    assert batch.aloud[0].tolist() == [False, True, True, True, True, False]


def test_what_is_seen_and_typed_comes_before_its_frame():
    seen = np.arange(8).reshape(2, 2, TINY.vision.codebooks)
    taken = (Taken(at=0, typed=(1, 2)), Taken(at=3, typed=(4,), seen=seen, columns=2, frame_count=3))
    batch = batch_of([tape(taken=taken)], TINY, are_gated=[True])
    kind, tokens = batch.inputs["kind"][0], batch.inputs["tokens"][0]
    assert batch.frames[0].tolist() == [2, 3, 4, 10, 11, 12]
    assert torch.nonzero(kind == VISION).flatten().tolist() == [5, 6, 7, 8]
    assert tokens[[0, 1, 9], 0].tolist() == [1, 2, 4]
    assert (tokens[[0, 1, 9], 1:] == ABSENT).all()
    assert batch.inputs["vision"][0, 5:9].tolist() == seen.reshape(4, -1).tolist()


def test_a_shorter_sequence_is_filled_up_behind_and_is_otherwise_as_alone():
    typed = tape(taken=(Taken(at=0, typed=(1, 2, 3)),))
    both, alone = batch_of([tape(), typed], TINY, are_gated=[True, True]), batch_of([tape()], TINY, are_gated=[True])
    for name, tensor in alone.inputs.items():
        assert torch.equal(both.inputs[name][:1, :FRAMES], tensor)
    assert (both.inputs["tokens"][0, FRAMES:] == ABSENT).all()
    assert torch.equal(both.frames[1], torch.arange(3, 9))


def test_tapes_are_cut_and_joined_with_what_was_taken_in():
    whole = joined([tape(taken=(Taken(at=1, typed=(1,)),)), tape(taken=(Taken(at=2, typed=(2,)),))])
    assert [taken.at for taken in whole.taken] == [1, FRAMES + 2]
    cut = whole.cut(2, FRAMES + 3)
    assert [(taken.at, taken.typed) for taken in cut.taken] == [(FRAMES, (2,))]
    assert cut.text.tolist() == [*TEXT[2:], *TEXT[:3]]
    assert cut.heard[:, 0].tolist() == [20, 30, 40, 0, 0, 10, 20]


class Drawn:
    """A source of chance whose draws are written down: which frames slip, which are exchanged, and for what."""

    def __init__(self, slips, exchanged, other=3):
        self.shares = [np.array(slips), np.array(exchanged)]
        self.other = other

    def random(self, count):
        return 1.0 - self.shares.pop(0)[:count]

    def integers(self, low, high, count):
        assert (low, high) == (0, TINY.text.first_special)
        return np.full(count, self.other)


@pytest.mark.parametrize(
    ("text", "slips", "exchanged", "written", "wanted"),
    [
        ("_ab__s", "000000", "000000", "_ab__s", "_ab__s"),
        ("_ab__s", "010000", "010000", "_cb__s", "_ab__s"),  # another word was written
        ("_ab__s", "010000", "000000", "__ab_s", "_aab_s"),  # it came late, and the first pad makes up for it
        ("_ab__s", "011000", "000000", "___abs", "_aaabs"),
        ("_ab__s", "010100", "000100", "__ac_s", "_aab_s"),  # late, and what came behind it another
        ("_abs_a", "010000", "000000", "__ab_a", "_aab_a"),  # silence makes up for it too
        ("_ab__s", "100111", "000000", "_ab__s", "_ab__s"),  # neither pads nor silence slip
        ("s_aaab", "001000", "000000", "s__aaa", "s_aaaa"),  # nothing makes up for it: the end is cut off
    ],
)
def test_words_are_exchanged_or_come_late(text, slips, exchanged, written, wanted):
    ids = {"_": PAD, "s": SILENCE, "a": 1, "b": 2, "c": 3}
    draw = Drawn(*([int(digit) for digit in digits] for digits in (slips, exchanged)))
    found = slipped(np.array([ids[letter] for letter in text]), TINY, draw)
    assert [each.tolist() for each in found] == [[ids[letter] for letter in each] for each in (written, wanted)]


def test_so_many_slip_of_either_kind_and_codes_do_not():
    long = tape(TEXT * 2000)
    plain, wrong = (batch_of([long], TINY, are_gated=[True], slips=slips) for slips in (None, np.random.default_rng(0)))
    assert torch.equal(plain.tokens[..., 1:], wrong.tokens[..., 1:])
    before, after = tokens_of(plain), tokens_of(wrong)
    assert np.array_equal(before[:, 1:], after[:, 1:])
    wanted = wrong.tokens[0, :-1, 0].numpy()  # what is drawn at a frame is found at the next
    is_word = wanted < TINY.text.first_special
    changed = is_word & (wanted != after[1:, 0])
    assert abs(changed.sum() / is_word.sum() - SLIP_SHARE) < 0.02  # 4,000 words: a standard error of 0.006
    assert abs((after[1:][changed, 0] == PAD).mean() - 0.5) < 0.08


def test_slips_leave_what_they_are_given_alone():
    text = drawn_tokens(tape(TEXT * 50))[:, 0]
    kept = text.copy()
    slipped(text, TINY, np.random.default_rng(0))
    assert np.array_equal(text, kept)


def test_whose_own_voice_is_hidden_finds_none_behind_it_and_learns_none():
    shown, hidden = (
        batch_of([tape()], TINY, are_gated=[is_gated], are_hidden=[is_hidden])
        for is_gated, is_hidden in ((True, False), (False, True))
    )
    assert (tokens_of(hidden)[:, 1 : 1 + CODES] == NOT_YET).all()
    assert tokens_of(shown)[2, 1] != NOT_YET
    others = [0, *range(1 + CODES, 1 + 2 * CODES)]  # what was written, and the user's voice
    assert np.array_equal(tokens_of(hidden)[:, others], tokens_of(shown)[:, others])
    assert not hidden.aloud.any()
    assert shown.aloud.any()
    assert torch.equal(shown.silent, ~shown.aloud)
    assert torch.equal(hidden.silent, shown.silent)  # and is not learnt as if it were silence
    assert torch.equal(hidden.tokens, shown.tokens)


def test_who_is_misled_hears_the_tape_before_wherever_it_speaks_itself_and_learns_no_voice():
    other = replace(tape([SILENCE, SILENCE, PAD, 4, SILENCE, SILENCE]), own=100 + tape().own)
    plain, misled = (
        batch_of([tape(), other], TINY, are_gated=[True, True], are_hidden=[True, True], are_misled=are_misled)
        for are_misled in (None, [True, False])
    )
    firsts = tokens_of(misled)[:, 1].tolist()  # a frame late, as what was drawn before it
    assert firsts == [NOT_YET, NOT_YET, 125, 135, 125, NOT_YET]  # two frames of the other's, again from their begin
    assert (tokens_of(plain)[:, 1] == NOT_YET).all()
    others = [0, *range(1 + CODES, 1 + 2 * CODES)]
    assert np.array_equal(tokens_of(misled)[:, others], tokens_of(plain)[:, others])
    assert torch.equal(misled.tokens, plain.tokens)
    assert not misled.aloud.any()
    assert (tokens_of(misled, row=1)[:, 1] == NOT_YET).all()


def test_nobody_is_misled_by_a_tape_on_which_nobody_speaks_nor_where_no_voice_is_hidden():
    silent = tape([SILENCE] * len(TEXT))
    by_silence = batch_of([silent, tape()], TINY, are_gated=[True] * 2, are_hidden=[True] * 2, are_misled=[True] * 2)
    assert (tokens_of(by_silence, row=1)[:, 1] == NOT_YET).all()
    shown, misled = (
        batch_of([tape(), tape()], TINY, are_gated=[False] * 2, are_misled=are_misled)
        for are_misled in (None, [True] * 2)
    )
    assert torch.equal(shown.inputs["tokens"], misled.inputs["tokens"])
    assert misled.aloud.any()


def test_a_batch_goes_to_a_device_as_a_whole():
    there = batch_of([tape()], TINY, are_gated=[False]).on(torch.device("meta"))
    parts = {name: getattr(there, name) for name in Batch.__slots__ if name != "inputs"} | there.inputs
    assert {name for name, part in parts.items() if part.device.type != "meta"} == set()
    assert len(parts) > 4
