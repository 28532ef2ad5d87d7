"""Every lesson: what it says of itself, and that what it tells of an item fits; a new one is tested by existing."""

from __future__ import annotations

import numpy as np
import pytest

from josie_bench.corpora import find_corpus
from josie_bench.model.presets import NANO
from josie_bench.model.tokenizer import find_tokenizer
from josie_bench.plugins import find_member, member_names
from josie_bench.training.lessons import Writing
from tests.training.small import FRAME, RATE_HZ, Talker

NAMES = member_names("training.lessons")
TEXT = NANO.text
PAD, SILENCE = TEXT.pad_id, TEXT.silence_id
TOKENIZER = find_tokenizer("nano")
WRITE = Writing(tokenizer=TOKENIZER, text=TEXT, frame_samples=FRAME)
AB, CD, EF = (TOKENIZER.encode(f" {word}") for word in ("ab", "cd", "ef"))


def told(name):
    """Return what a lesson tells of the tones of a user, frames 2 to 7, and a partner, frames 12 to 17."""
    talker = Talker()
    item = talker.items[0]
    return find_member("training.lessons", name).told(item, talker.hear(None, item, RATE_HZ), WRITE)


def begins(told, ids):
    """Return the only frame at which `ids` are written one after another."""
    found = [at for at in range(len(told.text)) if told.text[at : at + len(ids)].tolist() == ids]
    assert len(found) == 1, (ids, told.text)
    return found[0]


@pytest.mark.parametrize("name", NAMES)
def test_a_lesson_says_what_it_is(name):
    lesson = find_member("training.lessons", name)
    assert lesson.SUMMARY
    corpus = find_corpus(lesson.CORPUS)
    assert {"train", "valid"} <= set(corpus.splits)
    assert corpus.ships_weights
    assert lesson.ITEMS >= 1


@pytest.mark.parametrize("name", NAMES)
def test_sound_and_text_are_as_many_frames_and_a_crop_can_begin_in_silence_alone(name):
    found = told(name)
    frames = len(found.text)
    assert len(found.heard) == frames * FRAME
    assert found.said is None or len(found.said) == frames * FRAME
    assert found.aloud.shape == found.starts.shape == (frames,)
    assert found.starts.any()
    assert (found.text[found.starts] == SILENCE).all()
    assert not (found.aloud & (found.text == SILENCE)).any()


def test_a_word_is_transcribed_three_frames_after_its_end():
    found = told("transcribe")
    loud = np.flatnonzero(np.abs(found.heard.reshape(-1, FRAME)).max(axis=1) > 0.1)
    assert len(loud) == 6
    assert begins(found, AB) == loud[2] + 3
    assert begins(found, CD) == max(loud[5] + 3, begins(found, AB) + len(AB))


def test_before_and_behind_an_utterance_is_silence_and_between_words_a_pad():
    found = told("transcribe")
    first, last = begins(found, AB), begins(found, CD) + len(CD)
    assert (found.text[:first] == SILENCE).all()
    assert (found.text[last:] == SILENCE).all()
    assert last + 3 <= len(found.text)
    assert (found.text[first + len(AB) : last - len(CD)] == PAD).all()
    assert found.said is None
    assert not found.aloud.any()


def test_what_is_answered_is_written_before_it_is_said_behind_one_pad():
    found = told("converse")
    at = begins(found, EF)
    assert at == 12 - 2
    assert found.text[at - 1] == PAD
    assert np.flatnonzero(found.text != SILENCE).tolist() == list(range(at - 1, 18))
    assert np.array_equal(found.aloud, found.text != SILENCE)
    assert not found.starts[at - 1 : 19].any()  # at frame 18 the acoustic codes of frame 17 are drawn
    assert found.starts[19:].all()


def test_where_something_is_seen_a_crop_begins_with_it():
    found = told("answer")
    assert np.flatnonzero(found.starts).tolist() == [0]
    converse = told("converse")
    assert np.array_equal(found.text, converse.text)
    assert np.array_equal(found.said, converse.said)


def test_what_is_seen_is_described_two_frames_after_it_is_asked_for_at_a_drawn_time():
    talker = Talker()
    describe = find_member("training.lessons", "describe")
    written, lates = [*AB, *CD], set()
    for item in talker.items:
        found = describe.told(item, talker.hear(None, item, RATE_HZ), WRITE)
        late = int(np.flatnonzero(found.text != SILENCE)[0])
        rest = max(3, 24 - late - len(written))  # 24 frames is what the clip takes
        assert found.text.tolist() == [SILENCE] * late + written + [SILENCE] * rest
        assert found.asked_at == late - 2
        assert not found.heard.any()
        assert found.said is None
        assert np.flatnonzero(found.starts).tolist() == [0]
        lates.add(late)
    assert min(lates) >= 10
    assert max(lates) < 66
    assert len(lates) > 3


@pytest.mark.parametrize("name", NAMES)
def test_a_lesson_that_sees_has_something_to_see_and_one_item_a_tape(name):
    lesson = find_member("training.lessons", name)
    assert not lesson.SEES or (find_corpus(lesson.CORPUS).frames is not None and lesson.ITEMS == 1)


def test_words_that_nobody_gets_to_say_are_not_written():
    text = WRITE.words([(5, "ab"), (5, "cd")], first=4, frames=1 + len(AB) + 1)
    assert text.tolist() == [PAD, *AB, CD[0]]
    assert WRITE.words([(9, "ab")], first=4, frames=3).tolist() == [PAD] * 3
