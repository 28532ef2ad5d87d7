"""Constructed conversations: marks lie within the sound, in order, and say to the sample what was placed where."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from josie_bench.corpora._constructing import Clip, Voices, construct
from josie_bench.errors import CorpusError
from josie_bench.terms.corpus import Mark

RATE = 1000  # samples a second: one is a millisecond


def clip(length, level, words):
    return Clip(audio=np.full(length, level, dtype=np.float32), words=words)


def marked(length, level, words):
    """Return a clip whose words last alike."""
    each = words.split()
    edges = [length * at // len(each) for at in range(len(each) + 1)]
    marks = tuple(Mark(kind="word", name=word, start=edges[at], end=edges[at + 1]) for at, word in enumerate(each))
    return Clip(audio=np.full(length, level, dtype=np.float32), words=words, marks=marks)


USER = (marked(700, 0.5, "where is it"), marked(400, 0.25, "over there"))
PARTNER = (clip(1500, 0.5, "it is on the left"), clip(2500, 0.75, "i see it now"))
WORDS = (clip(120, 0.125, "okay"),)
VOICES = Voices(user=USER, partner=PARTNER, back_channels=WORDS, sample_rate_hz=RATE)


def of(heard, kind, who=None):
    return [mark for mark in heard.marks if mark.kind == kind and (who is None or mark.who == who)]


def noiseless(heard):
    """Return which samples of the user's microphone no noise lies over."""
    clean = np.ones(len(heard.audio), dtype=bool)
    for mark in of(heard, "noise"):
        clean[mark.start : mark.end] = False
    return clean


seeds = st.integers(0, 10_000).map(str)


@given(seeds, st.integers(1, 6))
def test_marks_lie_within_the_sound_and_in_order(seed, exchanges):
    heard = construct(VOICES, seed=seed, exchanges=exchanges)
    assert len(heard.audio) == len(heard.partner)
    assert all(0 <= mark.start < mark.end <= len(heard.audio) for mark in heard.marks)
    assert [mark.start for mark in heard.marks] == sorted(mark.start for mark in heard.marks)
    assert np.abs(heard.audio).max() <= 1.0


@given(seeds)
def test_both_sides_have_the_turn_as_often_as_asked_for_and_in_turn(seed):
    heard = construct(VOICES, seed=seed, exchanges=4)
    turns = sorted(of(heard, "turn"), key=lambda mark: mark.start)
    assert [mark.who for mark in turns] == ["user", "partner"] * 4


@given(seeds)
def test_what_is_heard_of_the_user_is_exactly_what_the_marks_say(seed):
    heard = construct(VOICES, seed=seed)
    speaks = np.zeros(len(heard.audio), dtype=bool)
    for mark in of(heard, "turn", "user") + of(heard, "back_channel"):
        speaks[mark.start : mark.end] = True
    for mark in of(heard, "pause"):
        speaks[mark.start : mark.end] = False
    clean = noiseless(heard)
    np.testing.assert_array_equal((heard.audio != 0)[clean], speaks[clean])


@given(seeds)
def test_the_partners_words_are_marked_up_to_where_it_is_cut_off(seed):
    marks = tuple(Mark(kind="word", name=str(at), start=100 * at, end=100 * at + 100) for at in range(15))
    partner = (Clip(audio=PARTNER[0].audio, words="it counts to fourteen", marks=marks),)
    heard = construct(Voices(user=USER, partner=partner, back_channels=WORDS, sample_rate_hz=RATE), seed=seed)
    for turn in of(heard, "turn", "partner"):
        words = [mark for mark in of(heard, "word", "partner") if turn.start <= mark.start < turn.end]
        length = turn.end - turn.start
        assert [word.name for word in words] == [str(at) for at in range(-(-length // 100))]
        assert [word.start - turn.start for word in words] == list(range(0, length, 100))
        assert words[-1].end == turn.end


@given(seeds)
def test_what_is_heard_of_the_partner_ends_with_the_turn(seed):
    heard = construct(VOICES, seed=seed)
    speaks = np.zeros(len(heard.audio), dtype=bool)
    for mark in of(heard, "turn", "partner"):
        speaks[mark.start : mark.end] = True
    np.testing.assert_array_equal(heard.partner[~speaks], 0.0)
    assert np.mean(heard.partner[speaks] != 0) > 0.9  # but for the last sample of what was cut off


@given(seeds)
def test_an_overlap_is_where_both_speak(seed):
    heard = construct(VOICES, seed=seed)
    both = np.zeros(len(heard.audio), dtype=bool)
    for mark in of(heard, "overlap"):
        both[mark.start : mark.end] = True
    clean = noiseless(heard)
    speaks = (heard.audio != 0) & (heard.partner != 0)
    faded = np.zeros_like(both)  # a partner's last sample is 0 where he was cut off
    for mark in of(heard, "turn", "partner"):
        faded[mark.end - 1] = True
    np.testing.assert_array_equal(speaks[clean & ~faded], both[clean & ~faded])


@given(seeds)
def test_an_interruption_runs_from_the_user_s_first_word_until_the_partner_is_silent(seed):
    heard = construct(VOICES, seed=seed)
    for mark in of(heard, "interruption"):
        assert any(turn.start == mark.start for turn in of(heard, "turn", "user"))
        (cut,) = [turn for turn in of(heard, "turn", "partner") if turn.start < mark.start < turn.end]
        assert cut.end == mark.end
        assert mark.end - mark.start <= 400  # he falls silent within that many milliseconds


@given(seeds)
def test_a_back_channel_lies_within_the_partner_s_turn_and_takes_nothing(seed):
    heard = construct(VOICES, seed=seed)
    for mark in of(heard, "back_channel"):
        assert mark.name == "okay"
        assert any(turn.start <= mark.start and mark.end <= turn.end for turn in of(heard, "turn", "partner"))


@given(seeds)
def test_pauses_lie_within_a_turn_and_last_as_long_as_pauses_do(seed):
    heard = construct(VOICES, seed=seed)
    for mark in of(heard, "pause"):
        assert 200 <= mark.end - mark.start <= 900
        assert any(turn.start < mark.start and mark.end < turn.end for turn in of(heard, "turn", "user"))


def test_every_kind_of_event_occurs():
    kinds = {mark.kind for seed in range(20) for mark in construct(VOICES, seed=str(seed)).marks}
    assert kinds == {"turn", "pause", "back_channel", "interruption", "overlap", "noise"}


@given(seeds)
def test_a_pause_comes_before_a_word_of_the_turn_and_never_before_its_first(seed):
    heard = construct(VOICES, seed=seed)
    starts = {clip.words: [mark.start for mark in clip.marks[1:]] for clip in USER}
    for turn in of(heard, "turn", "user"):
        pauses = [mark for mark in of(heard, "pause") if turn.start < mark.start < turn.end]
        spent = 0
        for pause in pauses:
            assert pause.start - turn.start - spent in starts[turn.name]
            spent += pause.end - pause.start
        assert turn.end - turn.start - spent == {"where is it": 700, "over there": 400}[turn.name]


def test_turns_have_up_to_two_pauses_as_far_as_words_allow():
    counts = {}
    for seed in range(40):
        heard = construct(VOICES, seed=str(seed))
        for turn in of(heard, "turn", "user"):
            pauses = [mark for mark in of(heard, "pause") if turn.start < mark.start < turn.end]
            counts.setdefault(turn.name, set()).add(len(pauses))
    assert counts == {"where is it": {0, 1, 2}, "over there": {0, 1}}


def test_a_clip_whose_words_are_not_known_has_no_pause():
    plain = Voices(user=PARTNER, partner=PARTNER, back_channels=(), sample_rate_hz=RATE)
    assert not any(of(construct(plain, seed=str(seed)), "pause") for seed in range(20))


@given(seeds)
def test_the_partner_answers_as_soon_as_asked(seed):
    heard = construct(VOICES, seed=seed, answer_ms=(200.0, 300.0))
    turns = sorted(of(heard, "turn"), key=lambda mark: mark.start)
    for asked, answer in zip(turns[::2], turns[1::2], strict=True):
        assert 200 <= answer.start - asked.end <= 300


def test_the_same_seed_gives_the_same_conversation_and_another_one_another():
    one, same, other = (construct(VOICES, seed=seed) for seed in ("1", "1", "2"))
    np.testing.assert_array_equal(one.audio, same.audio)
    assert one.marks == same.marks
    assert other.marks != one.marks


def test_without_back_channels_there_are_none():
    quiet = Voices(user=USER, partner=PARTNER, back_channels=(), sample_rate_hz=RATE)
    assert not any(of(construct(quiet, seed=str(seed)), "back_channel") for seed in range(20))


@pytest.mark.parametrize(
    "voices",
    [
        Voices(user=(), partner=PARTNER, back_channels=(), sample_rate_hz=RATE),
        Voices(user=USER, partner=(), back_channels=(), sample_rate_hz=RATE),
        Voices(user=(clip(0, 0.5, "nothing"),), partner=PARTNER, back_channels=(), sample_rate_hz=RATE),
    ],
)
def test_nothing_to_say_is_refused(voices):
    with pytest.raises(CorpusError, match="each side needs a clip that holds samples"):
        construct(voices, seed="1")
