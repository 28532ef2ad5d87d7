"""Where layers end: on a graph made by hand, and on one that was exported."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from josie_bench.engines.boundaries import Boundary, layer_boundaries
from josie_bench.engines.export import export_component
from josie_bench.model.layers.carry import Component
from josie_bench.terms.signature import TensorSpec

onnx = pytest.importorskip("onnx")
FLOAT, INT64 = onnx.TensorProto.FLOAT, onnx.TensorProto.INT64


def node(op, inputs, outputs, scopes=None):
    """Return a node that the exporter would have noted to lie in these modules; the last of its words is no module."""
    made = onnx.helper.make_node(op, inputs, outputs)
    if scopes is not None:
        made.metadata_props.add(key="pkg.torch.onnx.name_scopes", value=str(["", *scopes, "operator"]))
    return made


def boundaries(tmp_path, nodes, outputs, whole=()):
    kinds = {name: INT64 if name in whole else FLOAT for made in nodes for name in made.output}
    info = {name: onnx.helper.make_tensor_value_info(name, kind, [1]) for name, kind in kinds.items()}
    graph = onnx.helper.make_graph(
        nodes,
        "g",
        [],
        [info[name] for name in outputs],
        value_info=[info[name] for name in kinds if name not in outputs],
    )
    onnx.save(onnx.helper.make_model(graph), tmp_path / "graph.onnx")
    return [(found.name, found.tensor) for found in layer_boundaries(tmp_path / "graph.onnx")]


def test_a_layer_ends_with_what_something_outside_of_it_reads_last(tmp_path):
    """`a` makes a result, then new state: the state is no end. `b` reads the result."""
    nodes = [
        node("Neg", ["x"], ["inner"], ["a"]),
        node("Neg", ["inner"], ["result"], ["a"]),
        node("Neg", ["inner"], ["next.memory"], ["a"]),
        node("Neg", ["result"], ["y"], ["b"]),
    ]
    assert boundaries(tmp_path, nodes, ["y", "next.memory"]) == [("a", "result"), ("b", "y")]


def test_each_call_of_a_layer_is_one_of_its_own(tmp_path):
    nodes = [
        node("Neg", ["x"], ["p"], ["norm"]),
        node("Neg", ["p"], ["q"], ["other"]),
        node("Neg", ["q"], ["r"], ["norm"]),
        node("Neg", ["r"], ["y"], []),
    ]
    assert boundaries(tmp_path, nodes, ["y"]) == [("norm", "p"), ("other", "q"), ("norm (call 2)", "r")]


def test_the_inner_layer_comes_first_and_keeps_a_shared_end(tmp_path):
    nodes = [
        node("Neg", ["x"], ["p"], ["layers.0", "layers.0.up"]),
        node("Neg", ["p"], ["q"], ["layers.0", "layers.0.down"]),
        node("Neg", ["q"], ["r"], ["layers.1", "layers.1.up"]),
        node("Neg", ["r"], ["y"], ["layers.1"]),
        node("Neg", ["y"], ["z"], []),
    ]
    found = boundaries(tmp_path, nodes, ["z"])
    assert found == [("layers.0.up", "p"), ("layers.0.down", "q"), ("layers.1.up", "r"), ("layers.1", "y")]


def test_codes_and_masks_are_no_ends_and_nodes_without_a_note_part_no_call(tmp_path):
    nodes = [
        node("Neg", ["x"], ["p"], ["a"]),
        node("Shape", ["p"], ["size"]),
        node("Neg", ["p"], ["q"], ["a"]),
        node("ArgMax", ["q"], ["code"], ["search"]),
        node("Identity", ["q"], ["y"], []),
    ]
    assert boundaries(tmp_path, nodes, ["y", "code"], whole=("size", "code")) == [("a", "q")]


class Twice(Component):
    """`up`, then `norm`, then `up` again."""

    def __init__(self):
        super().__init__()
        self.inputs = (TensorSpec(name="x", dtype="float32", axes=("batch", 4)),)
        self.outputs = (TensorSpec(name="y", dtype="float32", axes=("batch", 4)),)
        self.up, self.norm = nn.Linear(4, 4), nn.LayerNorm(4)

    def step(self, inputs, carry):
        return {"y": self.up(torch.tanh(self.norm(self.up(inputs["x"]))))}


def test_an_exported_graph_names_the_modules_of_its_component(tmp_path):
    export_component(Twice(), tmp_path / "graph.onnx")
    found = layer_boundaries(tmp_path / "graph.onnx")
    assert [boundary.name for boundary in found] == ["up", "norm", "up (call 2)"]
    assert found[-1] == Boundary(layer="up", call=2, tensor="y")
