"""eSpeak: the same words give the same sound whatever was said before, with words and phonemes at their times."""

from __future__ import annotations

import importlib.util
import itertools

import numpy as np
import pytest

from josie_bench.corpora._espeak import Voice, missing, speak
from josie_bench.errors import UnavailableError

VOICE = Voice(accent="en-us", variant="f2")
SENTENCE = "the red square is moving to the left"

needs_espeak = pytest.mark.skipif(missing() is not None, reason=str(missing()))


def test_without_the_library_the_extra_is_named(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    assert missing() == "espeakng-loader is not installed: pip install 'josie-bench[corpora]'"
    with pytest.raises(UnavailableError, match="is not installed"):
        speak("hello", VOICE, sample_rate_hz=16_000)


@needs_espeak
def test_what_was_said_before_changes_nothing():
    first = speak(SENTENCE, VOICE, sample_rate_hz=16_000)
    speak("something else", Voice(accent="en-029", variant="m3"), sample_rate_hz=16_000)
    again = speak(SENTENCE, VOICE, sample_rate_hz=16_000)
    np.testing.assert_array_equal(first.audio, again.audio)
    assert first.marks == again.marks


@needs_espeak
@pytest.mark.parametrize("rate_hz", [16_000, 22_050, 24_000])
def test_the_sound_lasts_as_long_at_any_rate_and_so_do_its_marks(rate_hz):
    heard = speak(SENTENCE, VOICE, sample_rate_hz=rate_hz)
    assert heard.audio.dtype == np.float32
    assert len(heard.audio) / rate_hz == pytest.approx(1.98, abs=0.05)
    assert 0.02 < np.sqrt(np.mean(heard.audio**2)) < 0.5
    assert np.abs(heard.audio).max() < 1.0
    last = heard.marks[-1]
    assert last.end == len(heard.audio)


@needs_espeak
def test_words_joined_are_the_sentence_and_lie_one_after_the_other():
    words = [mark for mark in speak(SENTENCE, VOICE, sample_rate_hz=16_000).marks if mark.kind == "word"]
    assert " ".join(mark.name for mark in words) == SENTENCE
    assert all(one.end == two.start for one, two in itertools.pairwise(words))


@needs_espeak
def test_small_words_that_espeak_joins_are_one_mark():
    words = [
        mark.name for mark in speak("it is in the house", VOICE, sample_rate_hz=16_000).marks if mark.kind == "word"
    ]
    assert "in the" in words


@needs_espeak
def test_phonemes_are_those_of_the_words_and_fill_the_sound():
    heard = speak("red", VOICE, sample_rate_hz=16_000)
    phonemes = [mark for mark in heard.marks if mark.kind == "phoneme"]
    assert [mark.name for mark in phonemes if mark.name] == ["ɹ", "ɛ", "d"]
    assert all(one.end == two.start for one, two in itertools.pairwise(phonemes))
    assert phonemes[0].start < 800
    assert heard.labels("phoneme", 50.0)[1] == "ɹ"


@needs_espeak
def test_a_vowel_is_louder_than_a_stop_where_the_marks_say_so():
    heard = speak("a cat", VOICE, sample_rate_hz=16_000)
    loudness = {
        mark.name: float(np.abs(heard.audio[mark.start : mark.end]).mean())
        for mark in heard.marks
        if mark.kind == "phoneme"
    }
    assert loudness["æ"] > 2 * loudness["k"]


@needs_espeak
def test_a_quicker_voice_takes_less_time():
    slow, quick = (
        speak(SENTENCE, Voice(accent="en-us", variant="m1", words_per_minute=rate), sample_rate_hz=16_000)
        for rate in (130, 210)
    )
    assert len(quick.audio) < 0.75 * len(slow.audio)


@needs_espeak
def test_an_accent_that_espeak_lacks_is_named():
    with pytest.raises(UnavailableError, match=r"eSpeak has no voice xx-none\+f2"):
        speak("hello", Voice(accent="xx-none", variant="f2"), sample_rate_hz=16_000)
