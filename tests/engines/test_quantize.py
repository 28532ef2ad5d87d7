"""Products become INT8 with symmetric scales and FP32 biases; the numbers stay near, the search for codes FP32."""

from __future__ import annotations

import numpy as np
import pytest

from josie_bench.engines.quantize import quantized_counts, write_quantized

onnx = pytest.importorskip("onnx")
ort = pytest.importorskip("onnxruntime")


def graph(tmp_path):
    """Write `tanh(x W + b) V`, and the nearest of three codes."""
    draw = np.random.default_rng(0)
    weights = {
        "w": draw.normal(size=(16, 32)), "b": draw.normal(size=32), "v": draw.normal(size=(32, 8)),
        "codes": draw.normal(size=(8, 3)),
    }  # fmt: skip
    make = onnx.helper.make_node
    nodes = [
        make("Gemm", ["x", "w", "b"], ["h"], name="first"),
        make("Tanh", ["h"], ["t"]),
        make("MatMul", ["t", "v"], ["y"], name="second"),
        make("MatMul", ["y", "codes"], ["distance"], name="search"),
        make("ArgMin", ["distance"], ["code"], axis=1, keepdims=0),
    ]
    info = onnx.helper.make_tensor_value_info
    floats, whole = onnx.TensorProto.FLOAT, onnx.TensorProto.INT64
    made = onnx.helper.make_graph(
        nodes,
        "g",
        [info("x", floats, ["batch", 16])],
        [info("y", floats, ["batch", 8]), info("code", whole, ["batch"])],
        [onnx.numpy_helper.from_array(array.astype("f4"), name) for name, array in weights.items()],
    )
    file = tmp_path / "graph.onnx"
    onnx.save(onnx.helper.make_model(made, opset_imports=[onnx.helper.make_opsetid("", 20)], ir_version=10), file)
    return file


def quantize(tmp_path):
    calls = [{"x": np.random.default_rng(seed).normal(size=(4, 16)).astype("f4")} for seed in range(8)]
    notes = write_quantized(graph(tmp_path), calls, tmp_path / "quantized.onnx")
    return notes, onnx.load(tmp_path / "quantized.onnx"), calls


def test_all_products_but_the_search_for_codes_are_quantised(tmp_path):
    notes, model, _ = quantize(tmp_path)
    assert notes == {"quantized": {"Gemm": [1, 1], "MatMul": [1, 2]}}
    assert quantized_counts(model)["Gemm"] == 1
    search = next(node for node in model.graph.node if node.name == "search")
    assert "codes" in search.input


def test_scales_are_symmetric_and_biases_stay_fp32(tmp_path):
    _, model, _ = quantize(tmp_path)
    arrays = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    zero_points = [node.input[2] for node in model.graph.node if node.op_type == "DequantizeLinear"]
    assert zero_points
    assert not any(arrays[name].any() for name in zero_points)
    assert next(node for node in model.graph.node if node.op_type == "Gemm").input[2] == "b"
    assert arrays["b"].dtype == np.float32


def test_the_numbers_stay_near(tmp_path):
    _, _, calls = quantize(tmp_path)
    exact, near = (
        ort.InferenceSession(tmp_path / name, providers=["CPUExecutionProvider"]).run(["y"], calls[0])[0]
        for name in ("graph.onnx", "quantized.onnx")
    )
    error = np.linalg.norm(near - exact) / np.linalg.norm(exact)
    assert 1e-5 < error < 0.05
