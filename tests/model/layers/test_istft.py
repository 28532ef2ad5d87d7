"""The istft head against torch's own inverse transform, and its delay against a click."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given, settings
from hypothesis import strategies as st

from josie_bench.model.layers.carry import Carry, Stateful
from josie_bench.model.layers.fourier import Spectrum
from josie_bench.model.layers.istft import IstftDecoder
from josie_bench.model.presets import NANO
from josie_bench.model.sizes import OVERLAP

AUDIO = replace(NANO.audio, dim=24).of_decoder


@pytest.fixture(scope="module")
def head():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return IstftDecoder(AUDIO).double().requires_grad_(requires_grad=False)


def fresh(module):
    specs = [spec for layer in module.modules() if isinstance(layer, Stateful) for spec in layer.state_specs()]
    return Carry({spec.name: torch.zeros(spec.shape({"batch": 1}), dtype=torch.float64) for spec in specs})


def drawn(*shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


def said(head, magnitude, phase):
    """Return what the head says whose last map says so much of each frequency, `[1, 321, hops]`."""

    return saying(magnitude, phase)(fresh(head))


def saying(magnitude, phase):
    """Return what says, from a state, so much of each frequency."""

    class Last(torch.nn.Module):
        def forward(self, features, carry):
            return torch.cat((magnitude.log(), phase), dim=1)

    other = IstftDecoder(AUDIO).double()
    other.last = Last()
    features = torch.zeros(1, 24, magnitude.shape[-1], dtype=torch.float64)
    return lambda carry: other.sound(features, carry)[0, 0]


def test_sound_is_torch_s_inverse_of_magnitudes_and_phases(head):
    """torch divides by the windows' squares, which sum to 1.5, and begins where its first four windows overlap."""
    features = drawn(1, 24, 20)
    loudness, phase = F.conv1d(features, head.last.conv.weight, head.last.conv.bias).chunk(2, dim=1)
    spectra = torch.polar(loudness.clamp(max=5.0).exp(), phase)
    window = torch.hann_window(640, dtype=torch.float64)
    expected = torch.istft(spectra, 640, 160, window=window, center=True)[0]
    got = head.sound(features, fresh(head))[0, 0]
    torch.testing.assert_close(got[480:], expected[160 : 160 + 20 * 160 - 480], rtol=0, atol=1e-4)


def test_what_is_too_loud_is_held_back(head):
    magnitude = torch.full((1, 321, 5), 1e9, dtype=torch.float64)
    held = torch.full_like(magnitude, np.exp(5.0))
    phase = drawn(1, 321, 5)
    torch.testing.assert_close(said(head, magnitude, phase), said(head, held, phase))


def test_features_are_five_for_a_latent_in_order_of_time(head):
    """Plainly: a map to five vectors, laid one behind the other, and the units over them."""
    latent = drawn(1, 24, 4)
    spread = F.silu(latent[0].T) @ head.spread.weight.T + head.spread.bias
    x = torch.stack([spread[time, 24 * hop : 24 * (hop + 1)] for time in range(4) for hop in range(5)], dim=1)[None]
    for unit, dilation in zip(head.units, (1, 2, 4, 1), strict=True):
        dilated, pointwise = unit.dilated.conv, unit.pointwise.conv
        inner = F.conv1d(F.pad(F.silu(x), (2 * dilation, 0)), dilated.weight, dilated.bias, dilation=dilation)
        x = x + F.conv1d(F.silu(inner), pointwise.weight, pointwise.bias)
    torch.testing.assert_close(head.features(latent, fresh(head)), F.silu(x))


@settings(max_examples=20)
@given(at=st.integers(0, 16 * 160 - 1))
def test_a_click_is_heard_as_much_later_as_the_sizes_say(head, at):
    click = torch.zeros(1, 1, 20 * 160, dtype=torch.float64)
    click[..., at] = 1.0
    spectrum = Spectrum("s", 160).double()
    real, imaginary = spectrum(click, Carry({"s": torch.zeros(1, 1, 480, dtype=torch.float64)})).chunk(2, dim=1)
    spectra = torch.complex(real, imaginary)
    heard = said(head, spectra.abs().clamp_min(1e-12), spectra.angle())
    assert int(heard.argmax()) == at + AUDIO.delay_samples == at + 480
    assert heard.max() == pytest.approx(1.0, abs=1e-5)


def test_what_is_carried_is_what_would_be_heard_if_nothing_came_after(head):
    magnitude, phase = drawn(1, 321, 9).exp(), drawn(1, 321, 9)
    carry = fresh(head)
    begun = saying(magnitude, phase)(carry)
    nothing = said(head, F.pad(magnitude, (0, 3), value=1e-300), F.pad(phase, (0, 3)))
    torch.testing.assert_close(torch.cat((begun, carry.new[OVERLAP][0, 0])), nothing, rtol=0, atol=1e-12)


def test_seeded_weights_speak_softly():
    head = IstftDecoder(AUDIO)
    before = head.units[0].pointwise.conv.weight.detach().clone()
    head.settle()
    assert (head.last.conv.bias[:321] == -2.0).all()
    torch.testing.assert_close(head.units[0].pointwise.conv.weight, 0.4 * before)
