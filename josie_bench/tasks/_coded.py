"""Sounds and pictures as files that any browser plays and shows, without loss."""

from __future__ import annotations

import io
from fractions import Fraction

import av
import numpy as np
import soundfile
from numpy.typing import NDArray


def flac_of(audio: NDArray[np.float32], rate_hz: int) -> bytes:
    """Return a sound `[samples]` as FLAC of 16 bits; what lies outside [-1, 1] is clipped, as a sound card does."""
    file = io.BytesIO()
    soundfile.write(file, audio.clip(-1.0, 1.0), rate_hz, format="FLAC", subtype="PCM_16")
    return file.getvalue()


def png_of(picture: NDArray[np.uint8]) -> bytes:
    """Return a picture `[height, width, 3]` as PNG."""
    coder = av.VideoCodecContext.create("png", "w")
    coder.height, coder.width = picture.shape[:2]
    coder.pix_fmt, coder.time_base = "rgb24", Fraction(1)
    frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
    return b"".join(bytes(packet) for packet in (*coder.encode(frame), *coder.encode(None)))
