"""Makers of small sound and video files, each written by another library than the one that reads it where possible."""

from __future__ import annotations

import wave
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest


def _write_wav(path: Path, samples, rate_hz: int = 16_000, channels: int = 1) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(np.round(np.asarray(samples) * 32768).clip(-32768, 32767).astype("<i2").tobytes())
    return path


def _write_video(
    path: Path, count: int = 10, *, width: int = 64, height: int = 48, rate_hz: int = 10, sound=False
) -> Path:
    """Write `count` grey frames, frame k of brightness 16 + 20 k; `sound` adds as long a 440 Hz tone."""
    options = {"movflags": "+faststart"} if path.suffix == ".mp4" else {}
    with av.open(str(path), "w", options=options) as container:
        video = container.add_stream("libx264", rate=rate_hz, options={"crf": "1"})
        video.width, video.height, video.pix_fmt = width, height, "yuv444p"
        audio = container.add_stream("aac", rate=16_000, layout="mono") if sound else None
        for index in range(count):
            picture = np.full((height, width, 3), min(255, 16 + 20 * index), dtype=np.uint8)
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = index, Fraction(1, rate_hz)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        if audio is not None:
            tone = 0.5 * np.sin(2 * np.pi * 440 * np.arange(16_000 * count // rate_hz) / 16_000)
            heard = av.AudioFrame.from_ndarray(tone.astype(np.float32)[None], format="fltp", layout="mono")
            heard.sample_rate, heard.pts = 16_000, 0
            container.mux([*audio.encode(heard), *audio.encode(None)])
    return path


@pytest.fixture(scope="session")
def write_wav():
    """Return the writer of 16-bit WAV files."""
    return _write_wav


@pytest.fixture(scope="session")
def write_video():
    """Return the writer of H.264 files."""
    return _write_video
