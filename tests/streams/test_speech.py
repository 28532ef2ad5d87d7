"""Speech: decoding, mixing, resampling, joining, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile

from josie_bench.errors import MediaError
from josie_bench.streams import BUNDLED_FOLDER, speech

RATE = 16_000


def tone(hz: float, seconds: float, rate_hz: int = RATE):
    return 0.5 * np.sin(2 * np.pi * hz * np.arange(round(seconds * rate_hz)) / rate_hz)


def refused(path) -> str:
    """Return why `probe` and `load` refuse the file, both in the same words."""
    with pytest.raises(MediaError) as probed:
        speech.probe(str(path))
    with pytest.raises(MediaError) as loaded:
        speech.load(str(path), sample_rate_hz=RATE)
    assert str(probed.value).split(":")[1][:20] == str(loaded.value).split(":")[1][:20]
    return str(loaded.value)


def test_a_wav_file_comes_back_sample_for_sample(tmp_path, write_wav):
    samples = np.array([0.0, 0.5, -0.5, 0.25, -1.0])
    loaded = speech.load(str(write_wav(tmp_path / "a.wav", samples)), sample_rate_hz=RATE, pause_ms=0.0)
    assert loaded.audio.dtype == np.float32
    np.testing.assert_array_equal(loaded.audio, samples.astype(np.float32))


def test_the_sample_rate_of_a_file_is_told_whoever_reads_it(tmp_path, write_wav, write_video):
    assert speech.file_rate_hz(write_wav(tmp_path / "a.wav", [0.5], rate_hz=22_050)) == 22_050
    assert speech.file_rate_hz(write_video(tmp_path / "a.mp4", sound=True)) == 16_000


def test_channels_are_averaged(tmp_path, write_wav):
    path = write_wav(tmp_path / "a.wav", [0.5, 0.25, -0.5, 0.5], channels=2)
    loaded = speech.load(str(path), sample_rate_hz=RATE, pause_ms=0.0)
    np.testing.assert_array_equal(loaded.audio, np.float32([0.375, 0.0]))


@pytest.mark.parametrize(("from_hz", "to_hz"), [(16_000, 24_000), (44_100, 24_000), (48_000, 16_000), (8_000, 24_000)])
def test_resampling_keeps_a_tone(tmp_path, write_wav, from_hz, to_hz):
    path = write_wav(tmp_path / "a.wav", tone(440, 0.5, from_hz), rate_hz=from_hz)
    loaded = speech.load(str(path), sample_rate_hz=to_hz, pause_ms=0.0)
    assert len(loaded.audio) == to_hz // 2
    middle = slice(to_hz // 8, -to_hz // 8)  # the ends ring
    np.testing.assert_allclose(loaded.audio[middle], tone(440, 0.5, to_hz)[middle], atol=2e-3)


def test_resampling_never_leaves_the_range(tmp_path, write_wav):
    square = np.sign(tone(100, 0.1, 48_000)) * 0.999
    loaded = speech.load(str(write_wav(tmp_path / "a.wav", square, rate_hz=48_000)), sample_rate_hz=RATE)
    assert np.abs(loaded.audio).max() == 1.0


def test_clips_of_a_folder_are_joined_in_the_order_of_names_with_a_pause_after_each(tmp_path, write_wav):
    write_wav(tmp_path / "b.wav", np.full(1600, 0.5))
    write_wav(tmp_path / "a.wav", np.full(800, 0.25))
    (tmp_path / "notes.txt").write_text("no sound", encoding="utf-8")
    loaded = speech.load(str(tmp_path), sample_rate_hz=RATE, pause_ms=100.0)
    expected = np.concatenate([np.full(800, 0.25), np.zeros(1600), np.full(1600, 0.5), np.zeros(1600)])
    np.testing.assert_array_equal(loaded.audio, expected.astype(np.float32))
    assert loaded.marks == ((0.0, 50.0, None), (150.0, 250.0, None))
    assert [file.name for file in loaded.files] == ["a.wav", "b.wav"]
    assert {file.license for file in loaded.files} == {"user"}


def test_the_bundled_recordings_come_with_transcripts_and_licences():
    loaded = speech.load("bundled", sample_rate_hz=24_000)
    assert len(loaded.files) == len(loaded.marks) == 10
    assert all(file.license == "BSD-2-Clause" for file in loaded.files)
    assert [mark[2] for mark in loaded.marks][:2] == ["ten of clubs", "four queen of clubs"]
    assert loaded.marks[0][1] == pytest.approx(17_526 / 16)  # its header's samples at 16 kHz
    for start_ms, end_ms, _ in loaded.marks:
        said = loaded.audio[round(start_ms * 24) : round(end_ms * 24)]
        assert np.sqrt(np.mean(said**2)) > 0.005, "there is speech between the marks"
        assert not loaded.audio[round(end_ms * 24) + 1 : round(end_ms * 24) + 14_399].any(), "and silence behind"


def test_probe_accepts_what_load_can_use(tmp_path, write_wav, write_video):
    speech.probe("bundled")
    write_wav(tmp_path / "a.wav", tone(440, 0.1))
    write_video(tmp_path / "b.mp4", sound=True)
    speech.probe(str(tmp_path))


@pytest.mark.parametrize("suffix", ["flac", "ogg", "mp3", "aiff"])
def test_what_libsndfile_knows_is_read(tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    soundfile.write(path, tone(440, 0.5), RATE)
    speech.probe(str(path))
    loaded = speech.load(str(path), sample_rate_hz=RATE, pause_ms=0.0)
    spectrum = np.abs(np.fft.rfft(loaded.audio))
    assert np.argmax(spectrum) / len(loaded.audio) * RATE == pytest.approx(440, abs=3)


def test_the_sound_of_a_video_is_read_by_the_fall_back(tmp_path, write_video):
    loaded = speech.load(str(write_video(tmp_path / "a.mp4", sound=True)), sample_rate_hz=RATE, pause_ms=0.0)
    assert len(loaded.audio) == pytest.approx(RATE, abs=2100)  # AAC pads to whole frames of 1024
    assert np.argmax(np.abs(np.fft.rfft(loaded.audio))) / len(loaded.audio) * RATE == pytest.approx(440, abs=2)


@pytest.mark.parametrize("kept", [20, 43, 44 + 1000, 44 + 3198])
def test_a_truncated_wav_is_refused(tmp_path, write_wav, kept):
    path = write_wav(tmp_path / "a.wav", tone(440, 0.1))  # 44 bytes of header and 3,200 of sound
    path.write_bytes(path.read_bytes()[:kept])
    assert "truncated" in refused(path)


def test_a_truncated_bundled_recording_is_refused(tmp_path):
    path = tmp_path / "cut.wav"
    path.write_bytes((BUNDLED_FOLDER / "speech/cards-001.wav").read_bytes()[:20_000])
    expected = "its header promises 35052 bytes of sound, 19956 are there"
    assert expected in refused(path)


def test_a_truncated_flac_is_refused(tmp_path):
    path = tmp_path / "a.flac"
    soundfile.write(path, np.random.default_rng(1).uniform(-0.5, 0.5, RATE), RATE)
    path.write_bytes(path.read_bytes()[:8000])
    with pytest.raises(MediaError):
        speech.probe(str(path))
    with pytest.raises(MediaError):
        speech.load(str(path), sample_rate_hz=RATE)


def test_a_truncated_container_is_refused(tmp_path, write_video):
    path = write_video(tmp_path / "a.mp4", count=40, sound=True)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(MediaError, match=r"truncated|cannot be decoded"):
        speech.load(str(path), sample_rate_hz=RATE)


def test_a_wav_that_was_piped_with_an_unknown_length_is_read(tmp_path, write_wav):
    path = write_wav(tmp_path / "a.wav", np.full(1600, 0.5))
    data = bytearray(path.read_bytes())
    data[4:8] = data[40:44] = b"\xff\xff\xff\xff"
    path.write_bytes(data)
    speech.probe(str(path))
    assert len(speech.load(str(path), sample_rate_hz=RATE, pause_ms=0.0).audio) == 1600


def test_a_chunk_before_the_sound_is_skipped(tmp_path, write_wav):
    path = write_wav(tmp_path / "a.wav", np.full(1600, 0.5))
    data = path.read_bytes()
    extra = b"LIST" + (5).to_bytes(4, "little") + b"notes\x00"  # odd length: one byte of padding
    path.write_bytes(data[:4] + (len(data) - 8 + len(extra)).to_bytes(4, "little") + data[8:36] + extra + data[36:])
    speech.probe(str(path))
    assert len(speech.load(str(path), sample_rate_hz=RATE, pause_ms=0.0).audio) == 1600


def test_a_file_without_samples_is_refused(tmp_path, write_wav):
    assert "holds no samples" in refused(write_wav(tmp_path / "a.wav", []))


def test_samples_that_are_no_numbers_are_refused(tmp_path):
    path = tmp_path / "a.wav"
    soundfile.write(path, np.array([0.1, np.nan, 0.2], dtype=np.float32), RATE, subtype="FLOAT")
    with pytest.raises(MediaError, match="no finite numbers"):
        speech.load(str(path), sample_rate_hz=RATE)


def test_what_is_no_sound_file_is_refused(tmp_path, write_video):
    path = tmp_path / "a.wav"
    path.write_text("these are words\n", encoding="utf-8")
    assert "cannot be decoded as sound" in refused(path)
    assert "no sound track" in refused(write_video(tmp_path / "b.mp4"))


def test_one_bad_file_spoils_its_folder_and_is_named(tmp_path, write_wav):
    write_wav(tmp_path / "a.wav", tone(440, 0.1))
    (tmp_path / "b.wav").write_bytes(b"")
    with pytest.raises(MediaError, match=r"b\.wav: the file is empty"):
        speech.load(str(tmp_path), sample_rate_hz=RATE)
