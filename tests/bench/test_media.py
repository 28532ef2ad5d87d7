"""Only what a case wants is decoded, and its files are named."""

from __future__ import annotations

from josie_bench.bench.media import load_media
from josie_bench.terms.case import StreamChoice


def test_bundled_speech_and_video_are_real_and_named(make_case):
    media, files = load_media(make_case(), 16_000)
    assert media.audio is not None
    assert len(media.audio) > 20 * 16_000
    assert 0.01 < float(abs(media.audio).max()) <= 1.0
    assert media.frames is not None
    assert media.frames.shape[0] == len(media.frame_instants_ms)
    assert all(begin < end <= len(media.audio) for begin, end in media.speech)
    spoken = sum(end - begin for begin, end in media.speech)
    assert 0.2 < spoken / len(media.audio) < 1.0
    assert {file.modality for file in files} == {"audio", "vision"}
    assert all(len(file.sha256) == 64 and file.license == "BSD-2-Clause" for file in files)


def test_absent_modalities_are_not_decoded(make_case):
    media, files = load_media(make_case(modalities=("text",), stream=StreamChoice(text="hello there")), 16_000)
    assert media.audio is None
    assert media.frames is None
    assert media.words == ("hello", "there")
    assert files == ()
