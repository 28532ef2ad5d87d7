"""What layers hand on is heard as it is, by path and call, and nothing is left behind."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from josie_bench.model.layer_outputs import layer_outputs


class Twice(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale, self.pair = Scale(2.0), Pair()

    def forward(self, x):
        return self.scale(self.pair(self.scale(x))[0])


class Scale(nn.Module):
    def __init__(self, factor):
        super().__init__()
        self.factor = factor

    def forward(self, x):
        return self.factor * x


class Pair(nn.Module):
    def forward(self, x):
        return x + 1.0, x


def test_each_call_is_noted_under_its_number_and_pairs_are_left_out():
    module = Twice()
    found = layer_outputs(module, lambda: module(torch.tensor([3.0])))
    assert {key: value.tolist() for key, value in found.items()} == {("scale", 1): [6.0], ("scale", 2): [14.0]}


def test_nothing_listens_afterwards_even_if_it_went_wrong():
    module = Twice()
    with pytest.raises(TypeError):
        layer_outputs(module, lambda: module(None))
    assert not any(layer._forward_hooks for layer in module.modules())
