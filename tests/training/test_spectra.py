"""Spectra against a plain computation with numpy, and distances that are known beforehand."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from josie_bench.model.layers.mel import mel_filters
from josie_bench.training.spectra import FLOOR, SCALES, log_mel, spectra, spectral_distance

RATE_HZ = 16_000


@pytest.fixture
def noise():
    return torch.from_numpy(np.random.default_rng(0).uniform(-0.5, 0.5, (2, 6400)).astype(np.float32))


def plain_magnitude(sound, size, hop):
    """Return `[bins, time]`: Hann windows that repeat, none beyond the sound."""
    window = np.hanning(size + 1)[:-1]
    places = range(0, len(sound) - size + 1, hop)
    return np.abs(np.array([np.fft.rfft(sound[place : place + size] * window) for place in places])).T


def plain_filters(size, bands):
    """Return `[bands, bins]`: triangles between corners that lie evenly on the mel scale."""
    corners_mel = np.linspace(0, 2595 * math.log10(1 + RATE_HZ / 2 / 700), bands + 2)
    corners_hz = 700 * (10 ** (corners_mel / 2595) - 1)
    bins_hz = np.fft.rfftfreq(size, 1 / RATE_HZ)
    return np.array([np.interp(bins_hz, corners_hz[band : band + 3], [0, 1, 0]) for band in range(bands)])


def test_spectra_are_those_of_a_plain_computation(noise):
    for found, (size, hop, bands) in zip(spectra(noise, RATE_HZ), SCALES, strict=True):
        for row, sound in enumerate(noise.numpy().astype(np.float64)):
            magnitude = plain_magnitude(sound, size, hop)
            mel = np.log(np.maximum(plain_filters(size, bands) @ magnitude, FLOOR)).T
            assert found.magnitude[row].numpy() == pytest.approx(magnitude, rel=1e-3, abs=2e-3)
            assert found.log_mel[row].numpy() == pytest.approx(mel, abs=2e-3)


def test_every_band_hears_something():
    for size, _, bands in SCALES:
        assert (mel_filters(size // 2 + 1, bands, RATE_HZ).sum(1) > 0).all()
    impulse = torch.zeros(1, 4096)
    impulse[0, 2048] = 0.9
    assert all((found.log_mel.amax(1) > math.log(FLOOR)).all() for found in spectra(impulse, RATE_HZ))


def test_silence_is_near_the_floor_and_a_gradient_through_it_is_finite():
    silence = torch.zeros(1, 4096, requires_grad=True)
    found = spectra(silence, RATE_HZ)
    torch.stack([part.log_mel.sum() + part.magnitude.sum() for part in found]).sum().backward()
    for part in found:  # the 1e-4 that keeps a root's slope finite adds up in wide bands
        assert math.log(FLOOR) - 1e-5 < part.log_mel.min() <= part.log_mel.max() < math.log(10 * FLOOR)
    assert silence.grad.isfinite().all()


def test_equal_sounds_have_no_distance(noise):
    assert [float(part) for part in spectral_distance(spectra(noise, RATE_HZ), spectra(noise, RATE_HZ))] == [0, 0]


@pytest.mark.parametrize("gain", [0.5, 0.8, 2.0])
def test_a_gain_is_its_logarithm_and_its_share(noise, gain):
    mel, magnitude = spectral_distance(spectra(gain * noise, RATE_HZ), spectra(noise, RATE_HZ))
    assert float(mel) == pytest.approx(abs(math.log(gain)), rel=1e-3)
    assert float(magnitude) == pytest.approx(abs(gain - 1), rel=1e-3)


def test_no_window_of_log_mel_reaches_beyond_the_sound(noise):
    found = log_mel(noise, RATE_HZ, size=640, hop=160, bands=80)
    assert found.shape == (2, (6400 - 640) // 160 + 1, 80)
    changed = noise.clone()
    changed[:, 640:] = 0
    assert torch.equal(log_mel(changed, RATE_HZ, size=640, hop=160, bands=80)[:, 0], found[:, 0])
