"""Products become INT8 with symmetric scales and FP32 biases; the numbers stay near, the search for codes FP32."""

from __future__ import annotations

import numpy as np
import pytest

from josie_bench.backends._products import CODE_SEARCH, COMPARED, NO_WEIGHTS
from josie_bench.engines.quantize import write_quantized
from josie_bench.errors import EngineError

onnx = pytest.importorskip("onnx")
ort = pytest.importorskip("onnxruntime")


def graph(tmp_path):
    """Write `y = tanh(x W + b) V`, the nearest of three codes to it, and `y yᵀ`."""
    draw = np.random.default_rng(0)
    weights = {
        "w": draw.normal(size=(16, 32)), "b": draw.normal(size=32), "v": draw.normal(size=(32, 8)),
        "inward": draw.normal(size=(8, 8)), "codes": draw.normal(size=(8, 3)),
    }  # fmt: skip
    make = onnx.helper.make_node
    nodes = [
        make("Gemm", ["x", "w", "b"], ["h"], name="first"),
        make("Tanh", ["h"], ["t"]),
        make("MatMul", ["t", "v"], ["y"], name="second"),
        make("MatMul", ["y", "inward"], ["latent"], name="inward"),
        make("MatMul", ["latent", "codes"], ["distance"], name="search"),
        make("ArgMin", ["distance"], ["code"], axis=1, keepdims=0),
        make("Transpose", ["y"], ["turned"], perm=[1, 0]),
        make("MatMul", ["y", "turned"], ["relation"], name="related"),
    ]
    info = onnx.helper.make_tensor_value_info
    floats, whole = onnx.TensorProto.FLOAT, onnx.TensorProto.INT64
    made = onnx.helper.make_graph(
        nodes,
        "g",
        [info("x", floats, ["batch", 16])],
        [info("y", floats, ["batch", 8]), info("code", whole, ["batch"]), info("relation", floats, ["batch", "batch"])],
        [onnx.numpy_helper.from_array(array.astype("f4"), name) for name, array in weights.items()],
    )
    file = tmp_path / "graph.onnx"
    onnx.save(onnx.helper.make_model(made, opset_imports=[onnx.helper.make_opsetid("", 20)], ir_version=10), file)
    return file


def quantize(tmp_path):
    calls = [{"x": np.random.default_rng(seed).normal(size=(4, 16)).astype("f4")} for seed in range(8)]
    notes = write_quantized("guest", graph(tmp_path), calls, tmp_path / "quantized.onnx")
    return notes, onnx.load(tmp_path / "quantized.onnx"), calls


def test_products_with_weights_are_quantised_and_what_is_left_has_its_reason(tmp_path):
    notes, model, _ = quantize(tmp_path)
    assert notes["quantised"] == {"Gemm": 1, "MatMul": 1}
    assert [(entry["op"], entry["nodes"]) for entry in notes["left"]] == [("MatMul", 1)] * 3
    assert {entry["why"] for entry in notes["left"]} == {CODE_SEARCH, COMPARED, NO_WEIGHTS}
    makers = {name: node.op_type for node in model.graph.node for name in node.output}
    reads_integers = {
        node.name: [makers.get(name) == "DequantizeLinear" for name in node.input[:2]] for node in model.graph.node
    }
    assert reads_integers["first"] == reads_integers["second"] == [True, True]
    assert not all(reads_integers["search"])
    assert not all(reads_integers["inward"])
    assert not all(reads_integers["related"])


def test_the_right_weights_are_left_in_fp32(tmp_path):
    _, model, _ = quantize(tmp_path)
    kinds = {tensor.name: tensor.data_type for tensor in model.graph.initializer}
    assert kinds["codes"] == kinds["inward"] == onnx.TensorProto.FLOAT
    assert not {"w", "v"} & set(kinds)


def test_a_graph_without_weights_is_refused_on_one_line(tmp_path):
    info = onnx.helper.make_tensor_value_info
    ends = [info(name, onnx.TensorProto.FLOAT, [2, 2]) for name in "xy"]
    node = onnx.helper.make_node("MatMul", ["x", "x"], ["y"], name="squared")
    made = onnx.helper.make_graph([node], "g", ends[:1], ends[1:])
    file = tmp_path / "graph.onnx"
    onnx.save(onnx.helper.make_model(made, opset_imports=[onnx.helper.make_opsetid("", 20)], ir_version=10), file)
    with pytest.raises(EngineError, match=r"^cannot quantise guest: no product has weights$"):
        write_quantized("guest", file, [], tmp_path / "quantized.onnx")


def test_a_set_without_calls_is_refused_on_one_line(tmp_path):
    with pytest.raises(EngineError, match=r"^cannot quantise guest: .+$") as refused:
        write_quantized("guest", graph(tmp_path), [], tmp_path / "quantized.onnx")
    assert "\n" not in str(refused.value)


def test_scales_are_symmetric_and_biases_stay_fp32(tmp_path):
    _, model, _ = quantize(tmp_path)
    arrays = {tensor.name: onnx.numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    zero_points = [node.input[2] for node in model.graph.node if node.op_type == "DequantizeLinear"]
    assert zero_points
    assert not any(arrays[name].any() for name in zero_points)
    assert next(node for node in model.graph.node if node.op_type == "Gemm").input[2] == "b"
    assert arrays["b"].dtype == np.float32


def session_over(file):
    """Return a session that multiplies int8 exactly, on cores without VNNI too."""
    options = ort.SessionOptions()
    options.add_session_config_entry("session.x64quantprecision", "1")
    return ort.InferenceSession(file, options, providers=["CPUExecutionProvider"])


def test_the_numbers_stay_near(tmp_path):
    _, _, calls = quantize(tmp_path)
    exact, near = (session_over(tmp_path / name).run(["y"], calls[0])[0] for name in ("graph.onnx", "quantized.onnx"))
    error = np.linalg.norm(near - exact) / np.linalg.norm(exact)
    assert 1e-5 < error < 0.05


def test_fp8_has_the_ranges_of_int8_and_its_own_steps(tmp_path):
    quantize(tmp_path)
    calls = [{"x": np.random.default_rng(seed).normal(size=(4, 16)).astype("f4")} for seed in range(8)]
    notes = write_quantized("guest", tmp_path / "graph.onnx", calls, tmp_path / "float8.onnx", "fp8_qdq")
    assert notes["quantised"] == {"Gemm": 1, "MatMul": 1}
    whole, halves = (
        {tensor.name: tensor for tensor in onnx.load(tmp_path / name).graph.initializer}
        for name in ("quantized.onnx", "float8.onnx")
    )
    array = onnx.numpy_helper.to_array
    scales = [name for name in whole if name.endswith("_scale")]
    assert scales
    for name in scales:
        assert array(halves[name]) == pytest.approx(array(whole[name]) * 127 / 448, rel=1e-6)
    exact = {tensor.name: array(tensor) for tensor in onnx.load(tmp_path / "graph.onnx").graph.initializer}
    for name in ("w", "v"):
        assert halves[f"{name}_quantized"].data_type == onnx.TensorProto.FLOAT8E4M3FN
        near = array(halves[f"{name}_quantized"]).astype("f4") * array(halves[f"{name}_scale"])
        # Three bits behind the point: half a step is a sixteenth of the number, or less; near 0 steps are all alike.
        assert np.abs(near - exact[name]).max() <= np.abs(exact[name]).max() / 16
        assert np.abs(near - exact[name])[np.abs(exact[name]) > 0.5].max() <= 4 / 16
    assert halves["codes"].data_type == onnx.TensorProto.FLOAT
    exact_y, near_y = (session_over(tmp_path / name).run(["y"], calls[0])[0] for name in ("graph.onnx", "float8.onnx"))
    assert 1e-4 < np.linalg.norm(near_y - exact_y) / np.linalg.norm(exact_y) < 0.1
