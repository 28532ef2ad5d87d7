"""INT8 pairs become FP8 pairs: scales, zero points and weights, worked by hand."""

from __future__ import annotations

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")
numpy_helper = pytest.importorskip("onnx.numpy_helper")
float8 = pytest.importorskip("josie_bench.engines.float8")

EXACT = np.array([[127.0, 0.0], [-3.0, 6.0]], dtype=np.float32)  # [in, out]: a scale for each column


def quantised():
    """Return a model whose weights lie by column in INT8, and whose input is quantised and back."""
    arrays = {
        "w_quantized": np.array([[127, 0], [-3, 127]], dtype=np.int8),
        "w_scale": np.array([1.0, 6.0 / 127.0], dtype=np.float32),
        "w_zero": np.zeros(2, dtype=np.int8),
        "x_scale": np.array(0.5, dtype=np.float32),
        "x_zero": np.array(0, dtype=np.int8),
        "other": np.ones(3, dtype=np.float32),
    }
    make, info, kind = onnx.helper.make_node, onnx.helper.make_tensor_value_info, onnx.TensorProto.FLOAT
    nodes = [
        make("DequantizeLinear", ["w_quantized", "w_scale", "w_zero"], ["w"], axis=1),
        make("QuantizeLinear", ["x", "x_scale", "x_zero"], ["held"]),
        make("DequantizeLinear", ["held", "x_scale", "x_zero"], ["near"]),
        make("MatMul", ["near", "w"], ["y"]),
    ]
    ends = [info("x", kind, [1, 2]), info("y", kind, [1, 2])]
    fixed = [numpy_helper.from_array(array, name) for name, array in arrays.items()]
    graph = onnx.helper.make_graph(nodes, "g", ends[:1], ends[1:], fixed)
    return onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 20)], ir_version=10)


def test_what_is_127_steps_becomes_448_and_weights_are_rounded_anew():
    model = quantised()
    float8.to_float8(model, {"w": EXACT})
    found = {tensor.name: tensor for tensor in model.graph.initializer}
    assert numpy_helper.to_array(found["x_scale"]) == pytest.approx(0.5 * 127 / 448)
    assert numpy_helper.to_array(found["w_scale"]) == pytest.approx([127 / 448, 6 / 448])
    # −3 of 127/448 is −10.58: its neighbours in E4M3 are −10 and −11.
    assert numpy_helper.to_array(found["w_quantized"]).astype(np.float32).tolist() == [[448.0, 0.0], [-11.0, 448.0]]
    eight_bits = [name for name, tensor in found.items() if tensor.data_type == onnx.TensorProto.FLOAT8E4M3FN]
    assert sorted(eight_bits) == ["w_quantized", "w_zero", "x_zero"]
    assert numpy_helper.to_array(found["other"]).tolist() == [1.0, 1.0, 1.0]


def test_the_model_is_whole_and_gives_the_rounded_product():
    ort = pytest.importorskip("onnxruntime")
    model = quantised()
    float8.to_float8(model, {"w": EXACT})
    onnx.checker.check_model(model)
    session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    (y,) = session.run(None, {"x": np.array([[63.5, 0.0]], dtype=np.float32)})
    assert y[0] == pytest.approx(
        [63.5 * 127.0, 0.0]
    )  # 63.5 is the largest that the input may be, so it is held exactly
