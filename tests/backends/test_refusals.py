"""A graph that a backend cannot take is refused when it is built, by component, node and reason."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

from josie_bench.backends import EngineJob
from josie_bench.backends._graph_nodes import node_count, nodes_of
from josie_bench.errors import EngineError
from josie_bench.terms.signature import Signature, TensorSpec

onnx = pytest.importorskip("onnx")
SQUARE = (2, 2)


def write_graph(file: Path, *odd: tuple[str, str]) -> Path:
    """Write an addition and then nodes of these operators and domains, one behind the other."""
    helper, kind = onnx.helper, onnx.TensorProto.FLOAT
    nodes = [helper.make_node("Add", ["x", "x"], ["t0"], name="layers.0/add")]
    for place, (operator, domain) in enumerate(odd, start=1):
        names = [f"t{place - 1}"], [f"t{place}"]
        nodes.append(helper.make_node(operator, *names, name=f"layers.{place}/odd", domain=domain))
    ends = [helper.make_tensor_value_info(name, kind, SQUARE) for name in ("x", f"t{len(odd)}")]
    graph = helper.make_graph(nodes, "g", ends[:1], ends[1:])
    opsets = [helper.make_opsetid("", 20), helper.make_opsetid("custom", 1)]
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=10), file)
    return file


def job_of(graph: Path) -> EngineJob:
    spec = TensorSpec(name="x", dtype="float32", axes=SQUARE)
    return EngineJob(
        component="audio_encoder",
        precision="fp32",
        signature=Signature(inputs=(spec,), state=(), outputs=(spec,)),
        folder=graph.parent,
        graph=graph,
        module=lambda: None,
        program=lambda: None,
        calibration=None,
        target="x86_64",
    )


@pytest.mark.parametrize("backend", ["onnxruntime", "openvino"])
@pytest.mark.parametrize(("operator", "domain"), [("NoSuch", ""), ("Odd", "custom")])
def test_the_refused_node_is_named(tmp_path, backend, operator, domain):
    pytest.importorskip(backend)
    graph = write_graph(tmp_path / "graph.onnx", (operator, domain))
    with pytest.raises(
        EngineError, match=rf"{backend} cannot take audio_encoder: node layers.1/odd \({operator}\)"
    ) as e:
        import_module(f"josie_bench.backends.{backend}").build(job_of(graph))
    assert "\n" not in str(e.value)


@pytest.mark.parametrize("backend", ["onnxruntime", "openvino"])
def test_a_file_that_is_no_graph_is_refused_in_one_line(tmp_path, backend):
    pytest.importorskip(backend)
    file = tmp_path / "graph.onnx"
    file.write_bytes(b"no graph at all")
    with pytest.raises(EngineError, match=f"{backend} cannot take audio_encoder") as caught:
        import_module(f"josie_bench.backends.{backend}").build(job_of(file))
    assert "\n" not in str(caught.value)


def test_nodes_are_counted(tmp_path):
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node("Relu", ["x"], ["y"]), onnx.helper.make_node("Neg", ["y"], ["z"])],
        "two",
        [onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [1])],
        [onnx.helper.make_tensor_value_info("z", onnx.TensorProto.FLOAT, [1])],
    )
    onnx.save(onnx.helper.make_model(graph), tmp_path / "two.onnx")
    assert node_count(tmp_path / "two.onnx") == 2


def test_openvino_notes_the_nodes_that_are_left_once_it_has_compiled_a_model(tmp_path):
    """Two of Relu are fused into the addition before them: what goes in, the addition, what comes out."""
    pytest.importorskip("openvino")
    graph = write_graph(tmp_path / "graph.onnx", ("Relu", ""), ("Relu", ""))
    assert import_module("josie_bench.backends.openvino").build(job_of(graph)) == {"nodes": 3}


def test_nodes_are_found_by_operator_and_domain(tmp_path):
    file = write_graph(tmp_path / "graph.onnx", ("Odd", "custom"), ("Odd", ""), ("Odd", "custom"))
    assert nodes_of(file, ["custom.Odd"]) == "node layers.1/odd (Odd), and 1 more"
    assert nodes_of(file, ["custom:Odd"]) == nodes_of(file, ["custom.Odd"])
    assert nodes_of(file, ["Odd"]) == "node layers.2/odd (Odd)"
    assert nodes_of(file, ["Even"]) == ""
