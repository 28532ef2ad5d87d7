"""Voices of a corpus: gathered, kept, played at other speeds, with phonemes that stay where they are said."""

from __future__ import annotations

import numpy as np
import pytest

from josie_bench.errors import OutputError, UnavailableError
from josie_bench.training.pool import SILENCE, SPEEDS, Voice, phoneme_names, sounds, voices
from tests.training.small import FRAME, RATE_HZ, tone


def gathered(tmp_path, *, split="train", frame_samples=FRAME, tell=lambda _: None):
    return voices(
        "flite_speech",
        tmp_path / "corpora",
        tmp_path / "cache",
        split=split,
        frame_samples=frame_samples,
        rate_hz=RATE_HZ,
        tell=tell,
    )


def as_samples(audio):
    return np.rint(audio * 32767).astype(np.int16)


def test_a_voice_is_all_of_a_speaker_in_whole_frames(speaker, tmp_path):
    known, unknown = gathered(tmp_path)
    assert known.phonemes == (*("a",) * 6, *(SILENCE,) * 6) * 2
    assert unknown.phonemes is None
    assert np.array_equal(known.samples, as_samples(np.concatenate((tone(12, 200.0), tone(12, 600.0)))))
    assert np.array_equal(unknown.samples, as_samples(np.concatenate((tone(12, 400.0), tone(12, 800.0)))))


def test_items_of_a_speaker_without_phonemes_move_no_label(speaker, tmp_path):
    speaker.unmarked = {0, 1, 3}
    each = gathered(tmp_path)
    assert [(len(voice.samples) // FRAME, voice.phonemes and len(voice.phonemes)) for voice in each] == [
        (12, None), (24, None), (12, 12),
    ]  # fmt: skip


def test_a_second_time_nothing_is_spoken(speaker, tmp_path):
    told = []
    first = gathered(tmp_path, tell=told.append)
    again = gathered(tmp_path, tell=told.append)
    assert speaker.heard == 4
    assert told == ["flite_speech: 4 recordings are read or spoken"]
    for one, other in zip(first, again, strict=True):
        assert np.array_equal(one.samples, other.samples)
        assert one.phonemes == other.phonemes


def test_another_split_or_frame_is_kept_beside_it(speaker, tmp_path):
    gathered(tmp_path)
    gathered(tmp_path, split="valid")
    gathered(tmp_path, frame_samples=400)
    assert speaker.heard == 12
    assert len(list((tmp_path / "cache").iterdir())) == 3


def test_what_cannot_be_spoken_here_says_why(speaker, tmp_path):
    speaker.missing = "flite is not installed: apt-get install flite"
    with pytest.raises(UnavailableError, match="apt-get install flite"):
        gathered(tmp_path)


def test_a_place_that_cannot_be_written_is_one_line(speaker, tmp_path):
    (tmp_path / "cache").write_text("")
    with pytest.raises(OutputError, match=r"cannot write .*cache"):
        gathered(tmp_path)


def test_names_begin_with_silence():
    each = [Voice(samples=np.zeros(0, np.int16), phonemes=names) for names in (("b", "", "a"), None, ("c", "a"))]
    assert phoneme_names(each) == ("", "a", "b", "c")
    assert phoneme_names(each[1:2]) == ("",)


def voice_of(frames, hz=1000.0):
    half = frames // 2
    return Voice(samples=as_samples(tone(frames, hz)), phonemes=("a",) * half + ("b",) * half)


def test_a_voice_is_heard_at_every_speed_and_labels_stay_in_their_place():
    found = sounds({"x": (1.0, [voice_of(80)])}, ("", "a", "b"))
    assert len(found) == len(SPEEDS)
    for sound, (up, down, often) in zip(found, SPEEDS, strict=True):
        frames = len(sound.phonemes)
        assert len(sound.samples) == -(-80 * FRAME * up // down)
        assert frames == 80 * up // down
        assert sound.share == pytest.approx(often)
        assert set(sound.phonemes) == {1, 2}
        assert abs(np.argmax(sound.phonemes == 2) - 40 * up / down) <= 0.5


def test_another_speed_is_another_pitch():
    found = sounds({"x": (1.0, [voice_of(80)])}, ("", "a", "b"))
    for sound, (up, down, _) in zip(found, SPEEDS, strict=True):
        strength = np.abs(np.fft.rfft(sound.samples))
        hz = strength.argmax() * RATE_HZ / len(sound.samples)
        assert hz == pytest.approx(1000 * down / up, rel=0.002)


def test_a_corpus_is_heard_by_its_share_and_a_voice_by_its_length():
    voices_of = {"x": (0.75, [voice_of(60), voice_of(20)]), "y": (0.25, [voice_of(200)])}
    found = sounds(voices_of, ("", "a", "b"))
    shares = np.array([sound.share for sound in found]).reshape(3, -1).sum(1)
    assert shares == pytest.approx([0.75 * 60 / 80, 0.75 * 20 / 80, 0.25])


def test_full_scale_does_not_wrap_round():
    loud = Voice(samples=np.where(np.arange(8000) // 40 % 2, 32767, -32768).astype(np.int16), phonemes=None)
    for sound, (up, down, _) in zip(sounds({"x": (1.0, [loud])}, ("",)), SPEEDS, strict=True):
        then = np.arange(len(sound.samples)) * down / up
        inside = (then % 40 > 2) & (then % 40 < 38) & (then < 7900)  # overshoot is largest near an edge
        assert (np.sign(sound.samples) == np.where(then // 40 % 2, 1, -1))[inside].all()


def test_what_has_no_labels_has_none_at_any_speed():
    plain = Voice(samples=voice_of(20).samples, phonemes=None)
    assert [sound.phonemes for sound in sounds({"x": (1.0, [plain])}, ("",))] == [None] * len(SPEEDS)
