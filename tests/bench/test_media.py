"""Only what a case wants is decoded, and its files are named."""

from __future__ import annotations

import pytest

from josie_bench.bench.media import load_media
from josie_bench.errors import MediaError
from josie_bench.streams import speech
from josie_bench.terms.case import StreamChoice
from josie_bench.terms.sessions import Sessions
from josie_bench.terms.visits import Clips, Visits


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


def test_each_file_lies_where_it_is_heard_with_the_pause_behind_it(make_case):
    media, _ = load_media(make_case(), 16_000)
    names = [path.name for path in speech.find("bundled")]
    assert list(media.heard) == names
    limits = list(media.heard.values())
    assert [begin for begin, _ in limits] == [0, *(end for _, end in limits[:-1])]
    assert limits[-1][1] == len(media.audio)
    alone = speech.load(str(speech.find("bundled")[3]), sample_rate_hz=16_000)
    begin, end = media.heard[names[3]]
    assert (media.audio[begin:end] == alone.audio).all()
    assert media.seen == {"cockatoo.mp4": (0.0, media.video_ms)}


def test_a_clip_of_which_nothing_is_kept_cannot_be_seen(make_case):
    visits = Visits(file="/a", sha256="0", spans_ns=(((0, 10**9),),), clips=((Clips(sees="late.mp4"),),))
    with pytest.raises(MediaError, match=r"late\.mp4: it lies behind the first .* s of bundled"):
        load_media(make_case(sessions=Sessions(visits=visits)), 16_000)
