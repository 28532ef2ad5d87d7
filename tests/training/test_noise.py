"""Noise that lies over all of a sound: its level and colour, and that a seed decides it."""

from __future__ import annotations

import numpy as np
import pytest

from josie_bench.training.noise import LEVEL_DBFS, in_noise

SILENCE = np.zeros(64_000, np.float32)


def heard_in_noise(sound, seed):
    return in_noise(sound, np.random.default_rng(seed))


def level_dbfs(sound):
    return 10 * np.log10(np.square(sound.astype(np.float64)).mean())


@pytest.mark.parametrize("seed", range(8))
def test_what_was_silent_is_nowhere_silent_and_within_the_levels(seed):
    found = heard_in_noise(SILENCE, seed)
    assert (found.dtype, found.shape) == (np.float32, SILENCE.shape)
    assert np.count_nonzero(found) == len(found)
    assert LEVEL_DBFS[0] <= level_dbfs(found) <= LEVEL_DBFS[1]


def test_levels_and_colours_differ_from_seed_to_seed():
    found = [heard_in_noise(SILENCE, seed) for seed in range(40)]
    levels = [level_dbfs(sound) for sound in found]
    assert min(levels) < -80
    assert max(levels) > -50
    bass = []  # of all power, that below an eighth of the band: an eighth of white noise
    for sound in found:
        power = np.abs(np.fft.rfft(sound)) ** 2
        bass.append(power[: len(power) // 8].sum() / power.sum())
    assert min(bass) < 0.2
    assert max(bass) > 0.95


def test_the_sound_stays_and_the_same_noise_comes_over_it():
    tone = 0.5 * np.sin(np.arange(16_000, dtype=np.float32))
    assert np.allclose(heard_in_noise(tone, 3) - tone, heard_in_noise(SILENCE[:16_000], 3), atol=1e-6)
    assert np.array_equal(heard_in_noise(tone, 3), heard_in_noise(tone, 3))
    assert not np.array_equal(heard_in_noise(tone, 3), heard_in_noise(tone, 4))


def test_what_is_as_loud_as_can_be_is_not_louder_heard_in_noise():
    loud = np.ones(16_000, np.float32)
    assert max(np.abs(heard_in_noise(loud, seed)).max() for seed in range(20)) == 1.0
