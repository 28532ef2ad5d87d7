"""Sounds and pictures as files: what comes back is what went in."""

from __future__ import annotations

import io

import av
import numpy as np
import pytest
import soundfile

from josie_bench.tasks._coded import flac_of, png_of
from tests.tasks.desks import desk


def test_a_sound_comes_back_to_16_bits_and_clipped():
    audio = np.array([0.0, 0.5, -0.25, 3.0, -3.0], dtype=np.float32)
    found, rate_hz = soundfile.read(io.BytesIO(flac_of(audio, 16_000)), dtype="float32")
    assert rate_hz == 16_000
    assert found == pytest.approx([0.0, 0.5, -0.25, 1.0, -1.0], abs=2**-15)


@pytest.mark.parametrize("shape", [(1, 1, 3), (5, 7, 3), (64, 48, 3)])
def test_a_picture_comes_back_as_it_was(shape):
    picture = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
    with av.open(io.BytesIO(png_of(picture))) as file:
        (frame,) = file.decode(video=0)
    assert np.array_equal(frame.to_ndarray(format="rgb24"), picture)


def test_the_same_gives_the_same_bytes():
    audio, picture = np.ones(9, dtype=np.float32), np.ones((2, 3, 3), dtype=np.uint8)
    assert flac_of(audio, 16_000) == flac_of(audio, 16_000)
    assert png_of(picture[:, ::-1]) == png_of(picture)


def test_a_desk_codes_what_it_is_to_keep_and_no_sound_that_is_none():
    kept = desk(keeps_media=True).media(
        a=np.ones(9, dtype=np.float32),
        b=np.ones((2, 3, 3), dtype=np.uint8),
        c=np.array([np.nan], dtype=np.float32),
        d=np.zeros(0, dtype=np.float32),
    )
    assert set(kept) == {"a.flac", "b.png"}
    assert desk().media(a=np.ones(9, dtype=np.float32)) == {}
