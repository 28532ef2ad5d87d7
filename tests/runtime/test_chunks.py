"""What a client sends of a window, and what damage does to it."""

from __future__ import annotations

import numpy as np
import pytest

from josie_bench.runtime.chunks import Chunk, chunks_of, corrupted
from josie_bench.terms.window import Window

SAMPLES = 4


def window(index, frames=3):
    first = index * frames
    audio = np.repeat(np.arange(first, first + frames, dtype=np.float32) / 100.0, SAMPLES)
    pictures = (np.full((2, 3, 3), index, dtype=np.uint8),) * 2
    return Window(index=index, frame_count=frames, audio=audio, frames=pictures, text=f"word{index}")


def chunk(content):
    return Chunk(modality="any", sequence=0, content=content, sent_ms=0.0)


def test_audio_goes_out_frame_by_frame_and_all_else_when_the_window_closes():
    sent = list(chunks_of(window(2), frame_ms=50.0))
    told = [(each.modality, each.sequence, each.sent_ms) for each in sent]
    # window 2 of three frames of 50 ms lasts from 300 ms to 450 ms
    assert told == [
        ("audio", 6, 350.0),
        ("audio", 7, 400.0),
        ("audio", 8, 450.0),
        ("vision", 2, 450.0),
        ("text", 2, 450.0),
    ]
    assert [float(each.content[0]) for each in sent[:3]] == pytest.approx([0.06, 0.07, 0.08])
    assert sent[4].content == b"word2"


def test_what_a_window_lacks_is_not_sent():
    assert list(chunks_of(Window(index=0, frame_count=3), frame_ms=50.0)) == []


@pytest.mark.parametrize("how", ["nan", "inf"])
def test_one_sample_becomes_no_number(how):
    found = corrupted(chunk(np.zeros(8, dtype=np.float32)), how, np.random.default_rng(0)).content
    assert np.count_nonzero(np.isnan(found) if how == "nan" else np.isinf(found)) == 1
    assert np.count_nonzero(found == 0.0) == 7


def test_half_is_cut_off():
    draw = np.random.default_rng(0)
    assert len(corrupted(chunk(np.zeros(8, dtype=np.float32)), "length", draw).content) == 4
    assert corrupted(chunk((np.zeros((4, 6, 3), dtype=np.uint8),)), "length", draw).content[0].shape == (2, 6, 3)
    assert corrupted(chunk(b"word"), "length", draw).content == b"wo"


def test_noise_is_as_loud_and_bright_as_can_be_and_bytes_are_flipped_in_place():
    draw = np.random.default_rng(0)
    loud = corrupted(chunk(np.zeros(1000, dtype=np.float32)), "noise", draw).content
    assert loud.dtype == np.float32
    assert np.abs(loud).max() <= 1.0
    assert np.abs(loud).max() > 0.9
    (bright,) = corrupted(chunk((np.zeros((8, 8, 3), dtype=np.uint8),)), "noise", draw).content
    assert (bright.dtype, bright.shape) == (np.uint8, (8, 8, 3))
    assert bright.max() > 200
    whole = np.zeros(1000, dtype=np.float32)
    flipped = corrupted(chunk(whole), "bits", draw).content
    assert 1 <= np.count_nonzero(flipped.view(np.uint8)) <= 8
    assert not whole.any(), "what was sent is not touched"
