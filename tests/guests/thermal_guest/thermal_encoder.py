"""`thermal_encoder`: the newest picture of a thermal camera → one token for each of its four quarters."""

from __future__ import annotations

import numpy as np
from torch import nn

from josie_bench.model.layers.carry import Component
from josie_bench.model.layers.vector_quantizer import ResidualQuantizer
from josie_bench.model.sizes import GuestSizes
from josie_bench.terms.signature import TensorSpec

GUEST = GuestSizes(name="thermal", codebooks=2, card=32, ring=16)


class ThermalEncoder(Component):
    """Input `heat` `[batch, tokens, 4]`; output `codes` int64 `[batch, tokens, codebooks]`."""

    def __init__(self):
        super().__init__()
        self.inputs = (TensorSpec(name="heat", dtype="float32", axes=("batch", "tokens", 4)),)
        self.outputs = (TensorSpec(name="codes", dtype="int64", axes=("batch", "tokens", GUEST.codebooks)),)
        self.embed = nn.Linear(4, 16)
        self.quantizer = ResidualQuantizer(dim=16, code_dim=8, codebooks=GUEST.codebooks, card=GUEST.card)

    def step(self, inputs, carry):
        return {"codes": self.quantizer.encode(self.embed(inputs["heat"]))}


def build(sizes):
    return ThermalEncoder()


def prepare(arrived):
    """Return the quarters of a picture `[4, 4]` as the encoder's input."""
    quarters = arrived.reshape(2, 2, 2, 2).transpose(0, 2, 1, 3).reshape(1, 4, 4)
    return {"heat": np.ascontiguousarray(quarters, dtype=np.float32)}
