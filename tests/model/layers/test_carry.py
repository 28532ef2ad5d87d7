"""A component's pure function: order of tensors, names of state."""

from __future__ import annotations

import torch
from torch import nn

from josie_bench.model.layers.carry import Component, Stateful
from josie_bench.terms.signature import TensorSpec


class Counter(Stateful):
    """Adds what came before."""

    def __init__(self):
        super().__init__()
        self.name = "sum"

    def state_specs(self):
        return (TensorSpec(name="sum", dtype="float32", axes=("batch", 2)),)

    def forward(self, x, carry):
        carry.new["sum"] = carry.old["sum"] + x
        return carry.new["sum"]


class Counting(Component):
    """A component around it."""

    def __init__(self):
        super().__init__()
        self.inputs = (TensorSpec(name="x", dtype="float32", axes=("batch", 2)),)
        self.outputs = (TensorSpec(name="y", dtype="float32", axes=("batch", 2)),)
        self.scale = nn.Parameter(torch.tensor(10.0))
        self.counter = Counter()

    def step(self, inputs, carry):
        return {"y": self.scale * self.counter(inputs["x"], carry)}


def test_outputs_come_first_then_the_new_state():
    component = Counting()
    x = torch.ones(1, 2)
    y, state = component(x, *component.zero_state())
    assert y.tolist() == [[10.0, 10.0]]
    assert state.tolist() == [[1.0, 1.0]]
    y, state = component(x, state)
    assert y.tolist() == [[20.0, 20.0]]


def test_the_signature_is_gathered_once():
    component = Counting()
    assert component.signature() is component.signature()


def test_the_signature_collects_state_from_layers_however_deep():
    assert [spec.name for spec in Counting().signature().state] == ["sum"]
    assert Counting().zero_state(batch=3)[0].shape == (3, 2)
