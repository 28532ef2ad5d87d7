"""Crops: where they begin, how often each sound gives one, how loud they are and what they say of phonemes."""

from __future__ import annotations

import numpy as np
import pytest

from josie_bench.errors import UsageError
from josie_bench.training.sounds import CEILING, LOUDNESS, UNKNOWN, Pool, Sound

FRAME = 10  # samples
FRAMES = 4


def stairs(frames, step=100):
    """Return samples each of whose frames has a value of its own, from `step` on."""
    return np.repeat(step * np.arange(1, frames + 1), FRAME).astype(np.int16)


def buzz(frames, amplitude=8000):
    return np.tile([amplitude, -amplitude], frames * FRAME // 2).astype(np.int16)


def pool(*sounds):
    return Pool(sounds, frames=FRAMES, frame_samples=FRAME)


def drawn(pool, batch=200, seed=0):
    return pool.draw(np.random.default_rng(seed), batch)


def test_a_crop_begins_at_a_frame_and_its_labels_are_those_of_its_frames():
    found = drawn(pool(Sound(samples=stairs(30, step=1000), share=1.0, phonemes=np.arange(30))))
    assert found.audio.shape == (200, FRAMES * FRAME)
    assert found.phonemes.shape == (200, FRAMES)
    for audio, labels in zip(found.audio, found.phonemes, strict=True):
        assert labels.tolist() == list(range(labels[0], labels[0] + FRAMES))
        frames = audio.reshape(FRAMES, FRAME)
        assert (frames == frames[:, :1]).all()
        assert frames[:, 0] / frames[0, 0] == pytest.approx((labels + 1) / (labels[0] + 1), rel=1e-5)
    assert set(found.phonemes[:, 0]) == set(range(27))  # the first place and the last too


def test_labels_are_unknown_where_nothing_is_known():
    assert (drawn(pool(Sound(samples=buzz(9), share=1.0))).phonemes == UNKNOWN).all()
    short = drawn(pool(Sound(samples=buzz(5), share=1.0, phonemes=np.zeros(4, np.int64))))
    assert {tuple(row) for row in short.phonemes} == {(0, 0, 0, 0), (0, 0, 0, UNKNOWN)}


def test_a_sound_gives_crops_by_its_share_whatever_its_length():
    sounds = (Sound(samples=buzz(100), share=3.0), Sound(samples=buzz(5) + np.int16(100), share=1.0))
    found = drawn(pool(*sounds), batch=2000)
    often = np.mean(found.audio.mean(1) < 1e-4)
    assert often == pytest.approx(0.75, abs=0.04)  # four deviations of 2,000 draws


def test_what_is_shorter_than_a_crop_is_left_out():
    found = drawn(pool(Sound(samples=-stairs(4), share=9.0), Sound(samples=stairs(9), share=1.0)))
    assert (found.audio > 0).all()


def test_nothing_as_long_as_a_crop_is_refused_with_the_mend():
    with pytest.raises(UsageError, match="no sound is longer than a crop of 40 samples: write fewer frames"):
        pool(Sound(samples=stairs(4), share=1.0))


def test_crops_are_louder_and_softer_within_bounds():
    peaks = np.abs(drawn(pool(Sound(samples=buzz(9), share=1.0)), batch=1000).audio).max(1)
    factors = np.log10(peaks / (8000 / 32768))
    assert factors.min() == pytest.approx(LOUDNESS[0], abs=0.01)
    assert factors.max() == pytest.approx(LOUDNESS[1], abs=0.01)
    assert factors.mean() == pytest.approx(sum(LOUDNESS) / 2, abs=0.03)


def test_no_crop_clips():
    peaks = np.abs(drawn(pool(Sound(samples=buzz(9, amplitude=32767), share=1.0))).audio).max(1)
    assert peaks.max() == pytest.approx(CEILING, abs=1e-4)


def test_silence_is_taken_where_nothing_else_came_in_four_tries():
    half = np.concatenate((buzz(500), np.zeros(500 * FRAME, np.int16)))
    found = drawn(pool(Sound(samples=half, share=1.0)), batch=1600)
    silent = int((found.audio == 0).all(1).sum())
    assert silent == pytest.approx(100, abs=40)  # a half to the fourth of 1,600; four deviations


def test_a_silent_sound_ends_the_tries():
    assert (drawn(pool(Sound(samples=np.zeros(90, np.int16), share=1.0))).audio == 0).all()


def test_the_same_seed_draws_the_same_crops():
    sound = Sound(samples=stairs(30), share=1.0, phonemes=np.arange(30))
    first, again, other = (drawn(pool(sound), seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(first.audio, again.audio)
    assert not np.array_equal(first.audio, other.audio)
