"""Flite: the same words give the same sound, its phonemes have eSpeak's names, and a missing voice is said."""

from __future__ import annotations

import itertools
import shutil

import numpy as np
import pytest

from josie_bench.corpora import _espeak, _flite
from josie_bench.corpora._flite import IPA, SILENCE, VOICES, missing, speak
from josie_bench.errors import UnavailableError
from josie_bench.terms.corpus import Mark

SENTENCE = "the red square is moving to the left"
# Of all words every sound of English is in one.
WORDS = (
    *("red", "boy", "judge", "measure", "thing", "choose", "young", "house", "she", "a", "foot", "that", "five"),
    *("gave", "zoo", "law", "hot", "my", "no", "week", "purple", "cut"),
)

needs_flite = pytest.mark.skipif(missing() is not None, reason=str(missing()))
needs_espeak = pytest.mark.skipif(_espeak.missing() is not None, reason=str(_espeak.missing()))


@pytest.fixture
def stand_in(tmp_path, monkeypatch):
    """Return a function that puts a shell script in the place of Flite."""

    def write(*lines):
        (tmp_path / "flite").write_text("\n".join(("#!/bin/sh", *lines, "")))
        (tmp_path / "flite").chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path))

    return write


def named(heard):
    return [mark.name for mark in heard.marks if mark.name]


def test_without_the_program_its_package_is_named(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda _: None)
    assert missing() == "flite is not installed: apt-get install flite"
    with pytest.raises(UnavailableError, match="is not installed"):
        speak("hello", "slt", sample_rate_hz=16_000)


def test_a_flite_without_a_voice_is_refused_since_it_would_speak_in_another(stand_in):
    stand_in("echo Voices available: kal awb_time rms awb")
    assert missing() == "flite has no voice slt, kal16: apt-get install flite"


def test_a_flite_that_writes_no_sound_is_refused_with_what_it_says(stand_in):
    stand_in("echo Voices available: kal16 awb rms slt", "echo disk full >&2")
    with pytest.raises(UnavailableError, match=r"^flite wrote no sound \(exit 0\): disk full"):
        speak("hello", "slt", sample_rate_hz=16_000)


def test_ends_in_seconds_become_marks_and_the_last_silence_ends_with_the_sound():
    told = "pau:0.100 r:0.150 eh:0.250 d:0.300 pau:0.400 \n"
    spans = {"start": (0, 1600, 2400, 4000, 4800), "end": (1600, 2400, 4000, 4800, 6000)}
    assert _flite._marks(told, 16_000, 6000) == tuple(
        Mark(kind="phoneme", name=name, start=start, end=end)
        for name, start, end in zip(("", "ɹ", "ɛ", "d", ""), spans["start"], spans["end"], strict=True)
    )


def test_each_of_forty_phonemes_has_letters_of_its_own():
    assert len(IPA) == len(set(IPA.values())) == 41  # and silence
    assert IPA[SILENCE] == ""


@needs_flite
@pytest.mark.parametrize(
    ("words", "phonemes"),
    [
        ("red", "ɹ ɛ d"),
        ("boy", "b ɔɪ"),
        ("judge", "dʒ ʌ dʒ"),
        ("the measure", "ð ə m ɛ ʒ ɚ"),
        ("thing", "θ ɪ ŋ"),
        ("choose", "tʃ uː z"),
        ("young house", "j ʌ ŋ h aʊ s"),
        ("she got five", "ʃ iː ɡ ɑː t f aɪ v"),
    ],
)
def test_phonemes_are_those_of_the_words(words, phonemes):
    assert named(speak(words, "slt", sample_rate_hz=16_000)) == phonemes.split()


@needs_flite
def test_every_phoneme_of_the_table_is_spoken():
    assert set(named(speak(" ".join(WORDS), "kal16", sample_rate_hz=16_000))) == set(IPA.values()) - {""}


@needs_espeak
def test_espeak_has_the_same_letters_for_all_of_them():
    voice = _espeak.Voice(accent="en-us", variant="f2")
    heard = _espeak.speak(" ".join((*WORDS, "the", "picture")), voice, sample_rate_hz=16_000)
    assert {mark.name for mark in heard.marks if mark.kind == "phoneme"} >= set(IPA.values())


@needs_flite
@pytest.mark.parametrize("voice", VOICES)
def test_what_was_said_before_changes_nothing(voice):
    first = speak(SENTENCE, voice, sample_rate_hz=16_000)
    speak("something else", voice, sample_rate_hz=16_000)
    again = speak(SENTENCE, voice, sample_rate_hz=16_000)
    np.testing.assert_array_equal(first.audio, again.audio)
    assert first.marks == again.marks


@needs_flite
def test_voices_differ():
    lengths = {len(speak(SENTENCE, voice, sample_rate_hz=16_000).audio) for voice in VOICES}
    assert len(lengths) == len(VOICES)


@needs_flite
@pytest.mark.parametrize("voice", VOICES)
def test_marks_fill_the_sound_and_a_silence_is_quiet(voice):
    heard = speak(SENTENCE, voice, sample_rate_hz=16_000)
    assert (heard.marks[0].start, heard.marks[-1].end) == (0, len(heard.audio))
    assert all(one.end == two.start for one, two in itertools.pairwise(heard.marks))
    assert heard.marks[0].name == heard.marks[-1].name == ""
    spoken = heard.audio[heard.marks[1].start : heard.marks[-1].start]
    silent = heard.audio[: heard.marks[0].end - 320]
    assert np.abs(silent).mean() < 0.1 * np.abs(spoken).mean()


@needs_flite
@pytest.mark.parametrize("voice", VOICES)
def test_a_vowel_is_louder_than_a_stop_where_the_marks_say_so(voice):
    heard = speak("a cat", voice, sample_rate_hz=16_000)
    loudness = {mark.name: float(np.abs(heard.audio[mark.start : mark.end]).mean()) for mark in heard.marks}
    assert loudness["æ"] > 2 * loudness["k"]


@needs_flite
@pytest.mark.parametrize("rate_hz", [16_000, 22_050, 24_000])
def test_the_sound_lasts_as_long_at_any_rate_and_so_do_its_marks(rate_hz):
    plain, heard = (speak(SENTENCE, "rms", sample_rate_hz=rate) for rate in (16_000, rate_hz))
    assert heard.audio.dtype == np.float32
    assert np.abs(heard.audio).max() < 1.0
    assert len(heard.audio) / rate_hz == pytest.approx(len(plain.audio) / 16_000, abs=1e-4)
    assert named(heard) == named(plain)
    assert heard.marks[3].end / rate_hz == pytest.approx(plain.marks[3].end / 16_000, abs=1e-4)
