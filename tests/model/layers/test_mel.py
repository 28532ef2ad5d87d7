"""The mel front end against a spectrogram and triangles computed in numpy."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from josie_bench.model.layers.carry import Carry, Stateful
from josie_bench.model.layers.mel import LogMel, MelEncoder, mel_filters
from josie_bench.model.presets import NANO

AUDIO = NANO.audio


def triangles():
    """Return `[bands, bins]`, each triangle drawn through its three corners, which lie evenly on the mel scale."""
    top = 2595 * np.log10(1 + 8000 / 700)
    corners = 700 * (10 ** (np.arange(82) * top / 81 / 2595) - 1)
    frequencies = np.arange(321) * 25.0
    return np.stack([np.interp(frequencies, corners[at : at + 3], [0, 1, 0], left=0, right=0) for at in range(80)])


def log_mel(audio):
    """Return `[bands, hops]` of `audio` `[samples]`, in numpy alone."""
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(640) / 640)
    padded = np.concatenate((np.zeros(480), audio))
    frames = np.stack([padded[at : at + 640] * window for at in range(0, len(audio), 160)])
    bands = np.abs(np.fft.rfft(frames, axis=1)) @ triangles().T
    return ((np.log(np.maximum(bands, 1e-3)) + 2) / 2).T


@pytest.fixture(scope="module")
def encoder():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return MelEncoder(AUDIO).double().requires_grad_(requires_grad=False)


def fresh(module):
    specs = [spec for layer in module.modules() if isinstance(layer, Stateful) for spec in layer.state_specs()]
    return Carry({spec.name: torch.zeros(spec.shape({"batch": 1}), dtype=torch.float64) for spec in specs})


def test_filters_are_triangles_between_neighbours_on_the_mel_scale():
    np.testing.assert_allclose(mel_filters(321, 80, 16_000), triangles(), rtol=0, atol=1e-9)


def test_every_band_hears_something_and_no_frequency_counts_twice():
    filters = mel_filters(321, 80, 16_000)
    assert (filters.sum(1) > 0.1).all()
    assert (filters.sum(0) <= 1 + 1e-9).all()


@pytest.mark.parametrize("loudness", [1.0, 0.1, 1e-3, 1e-6])
def test_bands_are_numpy_s(encoder, loudness):
    draw = np.random.default_rng(0)
    audio = draw.standard_normal(20 * 160) * loudness * np.linspace(0, 1, 20 * 160)
    got = encoder.log_mel(encoder.spectrum(torch.from_numpy(audio)[None, None], fresh(encoder)))
    np.testing.assert_allclose(got[0], log_mel(audio), rtol=0, atol=1e-5)


def test_silence_is_the_quietest_that_counts(encoder):
    quiet = encoder.log_mel(encoder.spectrum(torch.zeros(1, 1, 1600, dtype=torch.float64), fresh(encoder)))
    assert quiet.shape == (1, 80, 10)
    torch.testing.assert_close(quiet, torch.full_like(quiet, (np.log(1e-3) + 2) / 2))


def test_a_full_scale_tone_fits_16_bits():
    """Its spectrum reaches 160, whose square no FP16 holds beside its neighbours': squares are taken in FP32."""
    layer = LogMel(AUDIO).half()
    spectra = torch.full((1, 642, 2), 300.0, dtype=torch.float16)
    assert layer(spectra).isfinite().all()


def test_latents_are_the_units_over_bands_and_one_stride(encoder):
    """x + pointwise(SiLU(dilated(SiLU(x)))), dilated 1 and 2, in plain convolutions over padded bands."""
    audio = torch.randn(1, 1, 3 * 800, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    bands = encoder.log_mel(encoder.spectrum(audio, fresh(encoder)))
    x = plain(encoder.first, F.pad(bands, (2, 0)))
    for unit, dilation in zip(encoder.units, (1, 2), strict=True):
        inner = plain(unit.dilated, F.pad(F.silu(x), (2 * dilation, 0)), dilation=dilation)
        x = x + plain(unit.pointwise, F.silu(inner))
    expected = plain(encoder.down, x, stride=5)
    assert expected.shape == (1, 192, 3)
    torch.testing.assert_close(encoder(audio, fresh(encoder)), expected)


def plain(layer, x, **how):
    return F.conv1d(x, layer.conv.weight, layer.conv.bias, **how)
