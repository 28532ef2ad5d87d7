"""What is read of a compiled engine, from JSON as NVIDIA's inspector writes it; none was ever read on a GPU.

The shapes of the JSON are those of its documentation and of public reports: formats in words (TensorRT 8 to 10), bare
type names (10.9), nothing where shapes are not known, bare layer names without details.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from josie_bench.backends import EngineJob
from josie_bench.backends._cuda_driver import gpu_here
from josie_bench.backends._tensorrt_layers import parse_layers, read_layers
from josie_bench.plugins import find_member
from josie_bench.terms.compiled_layers import CompiledLayers
from josie_bench.terms.signature import Signature, TensorSpec
from tests.backends import fake_tensorrt

STRATEGY = SimpleNamespace(USER_MANAGED="user")
SPECS = tuple(TensorSpec(name=name, dtype="float32", axes=("batch", "frames", 4)) for name in ("x", "unread"))
SIGNATURE = Signature(inputs=SPECS, state=(replace(SPECS[0], name="carry"),), outputs=())


def layer(name, *formats):
    outputs = [{"Name": "t", "Location": "Device", "Dimensions": [1, 4], "Format/Datatype": each} for each in formats]
    return {"Name": name, "LayerType": "kgen", "Inputs": [], "Outputs": outputs}


def told(*layers):
    return json.dumps({"Layers": layers, "Bindings": ["x", "y"]})


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("Row major linear FP32", "fp32"),
        ("Float", "fp32"),
        ("Row major linear FP16 format", "fp16"),
        ("Channel major FP16 format where channel % 4 == 0", "fp16"),
        ("Half", "fp16"),
        ("BFloat16", "bf16"),
        ("Row major linear BF16 format", "bf16"),
        ("Thirty-two wide channel vectorized row major Int8 format.", "int8"),
        ("Row major linear FP8 format", "fp8"),
        ("Int64", "int64"),
        ("Bool", "bool"),
        ("N/A due to dynamic shapes", "unknown"),
    ],
)
def test_a_type_is_known_by_any_of_its_spellings(words, kind):
    found = parse_layers(told(layer("a", "Half"), layer("b", words)), "fp16")
    assert dict(found.counts) == ({"fp16": 2} if kind == "fp16" else {"fp16": 1, kind: 1})


def test_layers_of_another_type_than_was_asked_for_are_named():
    """What puts out indices, shapes or masks alone computes at no precision, and what nobody knows is not accused."""
    text = told(
        layer("conv", "Half"),
        layer("softmax", "Float"),
        layer("search", "Float", "Int64"),
        layer("both", "Float", "Half"),
        layer("shape", "Int64"),
        layer("mask", "Bool"),
        layer("hidden", "N/A due to dynamic shapes"),
        layer("sink"),
    )
    assert parse_layers(text, "fp16") == CompiledLayers(
        asked="fp16",
        counts=(
            ("unknown", 2), ("fp16", 1), ("fp32", 1), ("fp32 and int64", 1), ("fp32 and fp16", 1), ("int64", 1),
            ("bool", 1),
        ),
        others=(("softmax", "fp32"), ("search", "fp32")),
    )  # fmt: skip


def test_where_no_type_is_told_there_is_a_reason_and_no_table():
    found = parse_layers(json.dumps({"Layers": ["conv + relu", "softmax"]}), "fp16")
    assert found == CompiledLayers.not_read("fp16", "it names 2 layers and a type of none")
    assert parse_layers(told(), "fp16").reason == "it names 0 layers and a type of none"


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"Layers": 3}', '{"Layers": [3]}', '{"Layers": [{}]}'])
def test_what_is_no_list_of_layers_is_refused(text):
    with pytest.raises(ValueError, match=r"Expecting|no list of layers"):
        parse_layers(text, "fp16")


class Engine:
    """A loaded engine that says what it is to say once shapes are known."""

    names = ("x", "state.carry", "y")
    num_io_tensors = 3

    def __init__(self, text):
        self._text, self._shapes = text, {}

    def get_tensor_name(self, index):
        return self.names[index]

    def create_execution_context(self, strategy):
        assert strategy == "user"
        return SimpleNamespace(set_input_shape=self._shapes.__setitem__)

    def create_engine_inspector(self):
        def tell(form):
            assert form == "json"
            assert inspector.execution_context is not None
            assert self._shapes == {"x": (1, 4, 4), "state.carry": (1, 4, 4)}  # 200 ms are 4 frames of 50 ms
            return self._text

        inspector = SimpleNamespace(execution_context=None, get_engine_information=tell)
        return inspector


def module(engine, complaint=None):
    class Runtime:
        engine_host_code_allowed = False

        def __init__(self, logger):
            self._logger = logger

        def deserialize_cuda_engine(self, plan):
            assert self.engine_host_code_allowed
            assert plan == b"plan"
            if complaint is not None:
                self._logger.log(1, complaint)
            return engine

    return SimpleNamespace(
        __name__="tensorrt", ILogger=fake_tensorrt.ILogger, Runtime=Runtime,
        ExecutionContextAllocationStrategy=STRATEGY, LayerInformationFormat=SimpleNamespace(JSON="json"),
    )  # fmt: skip


@pytest.fixture
def job(tmp_path):
    (tmp_path / "engine.plan").write_bytes(b"plan")
    return EngineJob(
        component="audio_decoder", precision="fp16", signature=SIGNATURE, folder=tmp_path, graph=None,
        program=pytest.fail, module=pytest.fail, calibration=None, target="sm80",
    )  # fmt: skip


def test_a_loaded_engine_is_asked_about_a_context_whose_shapes_are_known(job):
    found = read_layers(module(Engine(told(layer("a", "Half"), layer("b", "Float")))), job, "sm80")
    assert found.lines() == ["1 fp16, 1 fp32; asked for fp16", "fp32: b"]


@pytest.mark.parametrize(
    ("trt", "here", "reason"),
    [
        (module(None), None, "only a GPU loads an engine, and there is no NVIDIA GPU here"),
        (module(None), "sm89", "it was built for sm80, and the GPU here is sm89"),
        (module(None, "no\n memory"), "sm80", "tensorrt cannot load it: no memory"),
        (module(None), "sm80", "tensorrt cannot load it: it does not say why"),
        (module(Engine("{")), "sm80", "tensorrt gives no account of its layers: Expecting property name .*"),
        (module(Engine("[]")), "sm80", "tensorrt gives no account of its layers: what it writes is no list of layers"),
        (module(SimpleNamespace()), "sm80", "tensorrt gives no account of its layers: .*create_engine_inspector.*"),
    ],
)
def test_what_cannot_be_read_has_a_reason_and_costs_no_engine(trt, here, reason, job):
    found = read_layers(trt, job, here)
    assert found.status == "not read"
    assert re.fullmatch(reason, found.reason)


@pytest.mark.rtx
@pytest.mark.skipif(gpu_here() is not None, reason="there is a GPU here")
def test_an_engine_that_was_built_without_a_gpu_says_that_its_layers_were_not_read(tmp_path):
    pytest.importorskip("tensorrt_rtx")
    onnx = pytest.importorskip("onnx")
    value = [onnx.helper.make_tensor_value_info(name, 1, ["batch", 4, 4]) for name in ("x", "y")]
    graph = onnx.helper.make_graph([onnx.helper.make_node("Softmax", ["x"], ["y"])], "g", value[:1], value[1:])
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 20)], ir_version=10)
    onnx.save(model, tmp_path / "graph.onnx")
    spec = replace(SPECS[0], axes=("batch", 4, 4))
    job = EngineJob(
        component="audio_decoder", precision="fp32", signature=Signature(inputs=(spec,), state=(), outputs=()),
        folder=Path(tmp_path), graph=tmp_path / "graph.onnx", program=pytest.fail, module=pytest.fail,
        calibration=None, target="sm80",
    )  # fmt: skip
    notes = find_member("backends", "tensorrt_rtx").build(job)
    assert notes["compiled"]["status"] == "not read"
    assert CompiledLayers.from_json(notes["compiled"]).lines() == [
        "not read: only a GPU loads an engine, and there is no NVIDIA GPU here"
    ]


@pytest.mark.rtx
def test_the_library_has_what_is_asked_of_it():
    trt = pytest.importorskip("tensorrt_rtx")
    assert {"get_engine_information", "execution_context"} <= set(dir(trt.EngineInspector))
    assert {"create_engine_inspector", "create_execution_context"} <= set(dir(trt.ICudaEngine))
    assert "format: " in trt.EngineInspector.get_engine_information.__doc__
    assert "JSON" in trt.LayerInformationFormat.__members__
    assert "engine_host_code_allowed" in dir(trt.Runtime)
