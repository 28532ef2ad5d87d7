"""Spectra against torch's and numpy's own transforms, and there and back against the sound itself."""

from __future__ import annotations

from functools import reduce

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from josie_bench.model.layers.carry import Carry
from josie_bench.model.layers.fourier import InverseSpectrum, Spectrum, bins_of, hann

HOP, WINDOW, BINS = 160, 640, 321
ROUNDING = 1e-6  # of bases that are held in FP32


def through(layers, x, cuts):
    """Return `x` `[1, channels, time]` through the layers in float64, in steps of so many hops."""
    specs = [spec for layer in layers for spec in layer.double().state_specs()]
    state = {spec.name: torch.zeros(spec.shape({"batch": 1}), dtype=torch.float64) for spec in specs}
    out, per_hop = [], x.shape[-1] // sum(cuts)
    for part in x.split([cut * per_hop for cut in cuts], dim=-1):
        carry = Carry(state)
        out.append(reduce(lambda y, layer: layer(y, carry), layers, part))
        state = carry.new
    return torch.cat(out, dim=-1)


def drawn(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("cuts", [[12], [1] * 12, [5, 1, 2, 4]], ids=str)
def test_a_spectrum_is_torch_s_with_the_hop_at_the_window_s_end(cuts):
    audio = drawn(1, 1, 12 * HOP)
    padded = F.pad(audio[:, 0], (WINDOW - HOP, 0))
    window = torch.hann_window(WINDOW, dtype=torch.float64)
    expected = torch.stft(padded, WINDOW, HOP, window=window, center=False, return_complex=True)
    real, imaginary = through([Spectrum("s", HOP)], audio, cuts).chunk(2, dim=1)
    torch.testing.assert_close(torch.complex(real, imaginary), expected, rtol=0, atol=WINDOW * ROUNDING)


@pytest.mark.parametrize("cuts", [[9], [1] * 9, [4, 1, 1, 3]], ids=str)
def test_the_way_back_is_numpy_s_inverse_windowed_and_added_where_windows_overlap(cuts):
    spectra = drawn(1, 2 * BINS, 9)
    real, imaginary = spectra[0].numpy()[:BINS], spectra[0].numpy()[BINS:]
    frames = np.fft.irfft(real + 1j * imaginary, n=WINDOW, axis=0)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW)
    expected = np.zeros(9 * HOP + WINDOW)
    for hop in range(9):
        expected[hop * HOP : hop * HOP + WINDOW] += frames[:, hop] * window / 1.5
    got = through([InverseSpectrum("i", HOP)], spectra, cuts)[0, 0].numpy()
    np.testing.assert_allclose(got, expected[: 9 * HOP], rtol=0, atol=ROUNDING)


@settings(max_examples=20)
@given(hop=st.sampled_from([4, 20, 160]), cuts=st.lists(st.integers(1, 9), min_size=2, max_size=6))
def test_there_and_back_is_the_same_sound_three_hops_later(hop, cuts):
    audio = drawn(1, 1, sum(cuts) * hop, seed=sum(cuts))
    heard = through([Spectrum("s", hop), InverseSpectrum("i", hop)], audio, cuts)
    expected = F.pad(audio, (3 * hop, 0))[..., : audio.shape[-1]]
    torch.testing.assert_close(heard, expected, rtol=0, atol=10 * ROUNDING)


@given(at=st.integers(0, 9 * HOP - 1))
def test_a_click_comes_back_480_samples_later_and_nowhere_else(at):
    audio = torch.zeros(1, 1, 12 * HOP, dtype=torch.float64)
    audio[..., at] = 1.0
    heard = through([Spectrum("s", HOP), InverseSpectrum("i", HOP)], audio, [12])[0, 0]
    assert heard[at + 480] == pytest.approx(1.0, abs=ROUNDING)
    heard[at + 480] = 0.0
    assert heard.abs().max() < ROUNDING


def test_windows_squared_sum_to_one_and_a_half():
    np.testing.assert_allclose(hann(HOP).square().reshape(4, HOP).sum(0), 1.5, rtol=1e-12)
    assert bins_of(HOP) == BINS


def test_an_autocast_leaves_spectra_alone():
    audio = drawn(1, 1, 4 * HOP).float()
    layer, inverse = Spectrum("s", HOP), InverseSpectrum("i", HOP)
    state = {name: torch.zeros(1, 1, 480) for name in ("s", "i")}
    plain = layer(audio, Carry(state))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        spectra = layer(audio, Carry(state))
        sound = inverse(spectra, Carry(state))
    assert torch.equal(spectra, plain)
    assert torch.equal(sound, inverse(plain, Carry(state)))
