"""The codec's transformer looks back just as far as its ring."""

from __future__ import annotations

import dataclasses

import torch

from josie_bench.model.layers.carry import Carry, Stateful
from josie_bench.model.layers.ring_transformer import RingTransformer
from josie_bench.model.presets import TINY


def test_a_position_beyond_the_ring_of_one_layer_is_forgotten():
    torch.manual_seed(0)
    sizes = dataclasses.replace(TINY.audio, ring=4, layers=1)
    transformer = RingTransformer("t", sizes)
    specs = [spec for layer in transformer.modules() if isinstance(layer, Stateful) for spec in layer.state_specs()]
    zeros = {s.name: torch.zeros(s.shape({"batch": 1}), dtype=getattr(torch, s.dtype)) for s in specs}
    x = torch.randn(1, 8, sizes.dim)
    changed = x.clone()
    changed[:, 2] += 1.0
    difference = (transformer(x, Carry(zeros)) - transformer(changed, Carry(zeros))).abs().amax(-1)[0]
    assert (difference > 1e-6).tolist() == [False, False, True, True, True, True, False, False]
