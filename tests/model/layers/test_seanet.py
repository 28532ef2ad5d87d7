"""Strides, shapes and the receptive field of the convolutional codec."""

from __future__ import annotations

import math

import torch

from josie_bench.model.layers.carry import Carry, Stateful
from josie_bench.model.layers.seanet import SeanetDecoder, SeanetEncoder
from josie_bench.model.presets import NANO_SEANET, TINY


def zeros(module):
    specs = [spec for layer in module.modules() if isinstance(layer, Stateful) for spec in layer.state_specs()]
    return Carry({s.name: torch.zeros(s.shape({"batch": 1})) for s in specs})


def test_one_latent_stands_for_the_product_of_the_ratios():
    encoder, decoder = SeanetEncoder(TINY.audio), SeanetDecoder(TINY.audio)
    audio = torch.randn(1, 1, 4 * math.prod(TINY.audio.ratios))
    latent = encoder(audio, zeros(encoder))
    assert latent.shape == (1, TINY.audio.dim, 4)
    assert decoder(latent, zeros(decoder)).shape == audio.shape


def test_dilated_units_widen_the_receptive_field():
    """Kernel 3 dilated 1 and 2 at the first stage reach 2·1 + 2·2 samples further back than no unit would."""
    encoder = SeanetEncoder(NANO_SEANET.audio)
    context = {
        s.name: s.axes[2] for layer in encoder.modules() if isinstance(layer, Stateful) for s in layer.state_specs()
    }
    assert context["encode.stage0.unit0.dilated"] == 2
    assert context["encode.stage0.unit1.dilated"] == 4
    assert context["encode.first"] == 6
    assert context["encode.stage3.down"] == 5
