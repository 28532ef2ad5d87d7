"""Components compute where their inputs lie: no stray constant on the CPU, and nothing that a GPU must wait for.

Tensors without numbers (`meta`) stand for those on a GPU, so that this is found where there is none. Whatever makes a
tensor without saying where makes it on the CPU, and is found by the first operator that takes both. Asking for a number
(`.item()`, a shape that depends on numbers) fails, as it would while a CUDA graph is captured.
"""

from __future__ import annotations

from itertools import chain

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from josie_bench.model.layers.carry import Component
from josie_bench.model.narrowed import at_precision
from josie_bench.model.presets import find_preset
from josie_bench.model.sizes import COMPONENTS
from josie_bench.model.weights import build_model
from josie_bench.terms.signature import TensorSpec

SIZES = {"batch": 2, "frames": 6, "time": 3, "tokens": 16}
AWAY = "meta"


class OneDevice(TorchDispatchMode):
    """Refuses operators that take tensors of several devices; torch itself lets indices and products pass."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        tensors = [leaf for leaf in tree_leaves((args, kwargs or {})) if isinstance(leaf, torch.Tensor)]
        places = sorted({tensor.device.type for tensor in tensors})
        assert len(places) <= 1, f"{func} takes tensors on {' and '.join(places)}"
        return func(*args, **(kwargs or {}))


def step_away(component):
    """Take a step with parameters, buffers, inputs and state away from the CPU; return what comes out."""
    held = chain(component.named_parameters(remove_duplicate=False), component.named_buffers(remove_duplicate=False))
    away = {name: torch.empty_like(tensor, device=AWAY) for name, tensor in held}
    signature = component.signature()
    given = [
        torch.empty(spec.shape(SIZES), dtype=getattr(torch, spec.dtype), device=AWAY)
        for spec in (*signature.inputs, *signature.state)
    ]
    with OneDevice(), torch.no_grad():
        return torch.func.functional_call(component, away, tuple(given))


@pytest.mark.parametrize("component", COMPONENTS)
@pytest.mark.parametrize(("preset", "precision"), [("tiny", "fp32"), ("nano", "fp16"), ("nano-seanet", "bf16")])
def test_a_component_computes_where_its_inputs_lie(preset, precision, component):
    module = at_precision(build_model(find_preset(preset)).component(component), precision)
    found = step_away(module)
    signature = module.signature()
    assert {tensor.device.type for tensor in found} == {AWAY}
    wanted = [spec.shape(SIZES) for spec in (*signature.outputs, *signature.state)]
    assert [tuple(tensor.shape) for tensor in found] == wanted


class Stray(Component):
    """Does something with a constant that nobody told where to lie."""

    def __init__(self, work):
        super().__init__()
        self.inputs = (TensorSpec(name="x", dtype="float32", axes=("batch", 3)),)
        self.outputs = (TensorSpec(name="y", dtype="float32", axes=("batch", 3)),)
        self.table = torch.ones(3, 3)  # no buffer: `.to` does not move it
        self.work = work

    def step(self, inputs, carry):
        return {"y": self.work(self, inputs["x"])}


@pytest.mark.parametrize(
    "work",
    [
        lambda self, x: x @ self.table,
        lambda self, x: x + torch.arange(3),
        lambda self, x: x[:, torch.arange(3)],
        lambda self, x: torch.where(x > 0, x, torch.zeros(3)),
    ],
)
def test_a_stray_constant_is_found(work):
    with pytest.raises(AssertionError, match="takes tensors on cpu and meta"):
        step_away(Stray(work))


@pytest.mark.parametrize("work", [lambda self, x: x * x.sum().item(), lambda self, x: x[x > 0]])
def test_waiting_for_a_number_is_found(work):
    with pytest.raises((RuntimeError, NotImplementedError)):
        step_away(Stray(work))
