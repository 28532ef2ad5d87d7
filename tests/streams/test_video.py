"""Video: frames, instants, scaling, joining, and what is refused."""

from __future__ import annotations

import av
import numpy as np
import pytest

from josie_bench.errors import MediaError
from josie_bench.streams import BUNDLED_FOLDER, video


def test_frames_come_back_in_order_with_their_instants(tmp_path, write_video):
    loaded = video.load(str(write_video(tmp_path / "a.mp4", count=10, rate_hz=10)))
    assert loaded.frames.shape == (10, 48, 64, 3)
    assert loaded.frames.dtype == np.uint8
    np.testing.assert_allclose(loaded.instants_ms, np.arange(10) * 100.0)
    assert loaded.duration_ms == pytest.approx(1000.0)
    np.testing.assert_allclose(loaded.frames.mean(axis=(1, 2, 3)), 16 + 20 * np.arange(10), atol=4)


def test_the_bundled_clip_is_six_seconds_at_fifteen_frames():
    loaded = video.load("bundled")
    assert loaded.frames.shape == (90, 270, 480, 3)
    assert loaded.duration_ms == pytest.approx(6000.0)
    assert np.diff(loaded.instants_ms) == pytest.approx(1000 / 15)
    assert [(file.name, file.license) for file in loaded.files] == [("cockatoo.mp4", "BSD-2-Clause")]
    assert loaded.frames.std() > 20, "it shows something"


def test_the_longer_side_is_capped_and_the_shape_kept(tmp_path, write_video):
    wide = video.load(str(write_video(tmp_path / "a.mp4", count=2, width=1280, height=320)))
    assert wide.frames.shape[1:] == (160, 640, 3)
    tall = video.load(str(write_video(tmp_path / "b.mp4", count=2, width=100, height=800)))
    assert tall.frames.shape[1:] == (640, 80, 3)


def test_what_lies_behind_the_limit_is_left_out(tmp_path, write_video):
    loaded = video.load(str(write_video(tmp_path / "a.mp4", count=10, rate_hz=10)), max_seconds=0.35)
    np.testing.assert_allclose(loaded.instants_ms, [0, 100, 200, 300])
    assert loaded.duration_ms == pytest.approx(350.0)


def test_clips_of_a_folder_play_one_after_the_other_up_to_the_limit(tmp_path, write_video):
    write_video(tmp_path / "b.mp4", count=2, rate_hz=10)
    write_video(tmp_path / "a.mp4", count=3, rate_hz=5)
    write_video(tmp_path / "c.mp4", count=2, rate_hz=10)
    loaded = video.load(str(tmp_path), max_seconds=0.8)
    np.testing.assert_allclose(loaded.instants_ms, [0, 200, 400, 600, 700])
    assert [file.name for file in loaded.files] == ["a.mp4", "b.mp4"]
    assert loaded.duration_ms == pytest.approx(800.0)


def test_clips_of_two_sizes_are_refused(tmp_path, write_video):
    write_video(tmp_path / "a.mp4", count=2)
    write_video(tmp_path / "b.mp4", count=2, width=32, height=32)
    with pytest.raises(
        MediaError, match=r"b\.mp4: its frames are 32x32, those of a\.mp4 64x48: give clips of one size"
    ):
        video.load(str(tmp_path))


@pytest.mark.parametrize("entry", [video.probe, video.load], ids=["probe", "load"])
def test_a_sound_file_is_refused(entry):
    with pytest.raises(MediaError, match="holds no video"):
        entry(str(BUNDLED_FOLDER / "speech/cards-001.wav"))


@pytest.mark.parametrize("entry", [video.probe, video.load], ids=["probe", "load"])
def test_a_file_cut_within_its_header_is_refused(entry, tmp_path):
    path = tmp_path / "cut.mp4"
    path.write_bytes((BUNDLED_FOLDER / "video/cockatoo.mp4").read_bytes()[:600])
    with pytest.raises(MediaError, match="cannot be decoded as video"):
        entry(str(path))


def test_a_file_cut_within_its_pictures_is_refused(tmp_path):
    path = tmp_path / "cut.mp4"
    path.write_bytes((BUNDLED_FOLDER / "video/cockatoo.mp4").read_bytes()[:80_000])
    with pytest.raises(MediaError, match=r"truncated|damaged"):
        video.load(str(path))


def test_a_cut_file_that_decodes_without_a_fault_is_refused_by_its_promised_length(tmp_path):
    path = tmp_path / "cut.mkv"  # Matroska ends early without a word
    with av.open(str(BUNDLED_FOLDER / "video/cockatoo.mp4")) as source, av.open(str(path), "w") as target:
        track = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = track
                target.mux(packet)
    assert len(video.load(str(path)).frames) == 90
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(MediaError, match=r"promises 6\.\d\d s of video, .* could be read: copy it again"):
        video.load(str(path))


def test_probe_accepts_what_load_can_use(tmp_path, write_video):
    video.probe("bundled")
    write_video(tmp_path / "a.mp4", count=2)
    video.probe(str(tmp_path))
