"""An engine with one wrong layer: this layer is named, no other, whatever the engine is."""

from __future__ import annotations

import shutil
from dataclasses import replace

import numpy as np
import pytest

from josie_bench.backends import onnxruntime
from josie_bench.bench.bisect import Distance, LayerError, bisect, closed, exported_graph, layer_errors
from josie_bench.bench.calibration import prepare_engines, reference_calls
from josie_bench.engines.boundaries import SCOPES
from josie_bench.engines.manifest import make_recipe
from josie_bench.engines.store import EngineRequest
from josie_bench.errors import EngineError
from josie_bench.model.presets import TINY
from josie_bench.model.weights import build_model
from josie_bench.plugins import find_member

COMPONENT = "temporal_transformer"
OPEN = [("onnxruntime", "fp32"), ("onnxruntime", "int8"), ("onnxruntime", "int8_qdq"), ("openvino", "fp32")]


@pytest.fixture(scope="module")
def asked(store):
    """Return a function that gives a backend's engine, its graph and calls of the reference."""
    noted = {}

    def ask(make_case, backend="onnxruntime", precision="fp32", component=COMPONENT):
        for name in {backend, "onnxruntime"}:
            if (reason := find_member("backends", name).unavailable()) is not None:
                pytest.skip(str(reason))
        case = make_case(backend, precision, scenario="parity", windows=3, window_ms=300.0, hop_ms=300.0)
        engines, _ = prepare_engines(store, EngineRequest(model=case.model, engines=case.engines))
        if not noted:
            noted.update(reference_calls(store, case))
        engine = engines[component]
        return engine, exported_graph(store, engine), noted[component]

    return ask


@pytest.fixture(scope="module")
def model():
    return build_model(TINY)


def beyond(layers):
    return [layer.layer for layer in layers if layer.is_beyond]


def spoiled(engine, graph, layer, folder):
    """Return a copy of an engine in which one layer's weights are those of another row."""
    onnx = pytest.importorskip("onnx")
    nodes = onnx.load(graph).graph.node
    (weights,) = [
        made.input[1]
        for made in nodes
        if made.op_type in ("MatMul", "Gemm")
        and any(entry.key == SCOPES and f"'{layer}'" in entry.value for entry in made.metadata_props)
    ]
    shutil.copytree(engine.folder, folder)
    model = onnx.load(folder / onnxruntime.ENGINE_FILE)
    (tensor,) = [tensor for tensor in model.graph.initializer if tensor.name in (weights, f"{weights}_quantized")]
    array = onnx.numpy_helper.to_array(tensor)
    tensor.CopyFrom(onnx.numpy_helper.from_array(np.roll(array, 1, axis=0), tensor.name))
    onnx.save(model, folder / onnxruntime.ENGINE_FILE)
    return replace(engine, folder=folder)


@pytest.mark.parametrize(("backend", "precision"), OPEN)
def test_every_layer_is_found_in_every_engine_that_can_be_opened(backend, precision, asked, make_case, model):
    engine, graph, calls = asked(make_case, backend, precision)
    layers = layer_errors(graph, engine, model.component(COMPONENT), calls)
    assert all(layer.error is not None for layer in layers)
    assert [layer.layer for layer in layers][-2:] == ["layers.1", "norm"]
    errors = [layer.error for layer in layers]
    if precision == "fp32":
        assert beyond(layers) == []
        assert 0 < max(errors) < 1e-5
    else:
        assert 1e-3 < errors[-1] < 0.05
        assert all(layer.bar >= 1e-3 for layer in layers)


@pytest.mark.parametrize("precision", ["fp32", "int8"])
@pytest.mark.parametrize("layer", ["layers.0.value", "layers.0.feed.up", "layers.1.query", "layers.1.feed.down"])
def test_the_one_layer_that_is_wrong_is_the_first_beyond(layer, precision, asked, make_case, model, tmp_path):
    engine, graph, calls = asked(make_case, "onnxruntime", precision)
    module = model.component(COMPONENT)
    assert beyond(layer_errors(graph, engine, module, calls)) == []
    wrong = layer_errors(graph, spoiled(engine, graph, layer, tmp_path / "engine"), module, calls)
    assert beyond(wrong)[0] == layer
    before = [found.error for found in wrong][: [found.layer for found in wrong].index(layer)]
    assert wrong[len(before)].error > 10 * max(before)


def test_a_wrong_layer_of_the_depth_transformer_is_named_by_its_first_call(asked, make_case, model, tmp_path):
    """Its draws are forced to the reference's, so that a token which flips is not taken for a wrong table."""
    engine, graph, calls = asked(make_case, component="depth_transformer")
    module = model.component("depth_transformer")
    assert beyond(layer_errors(graph, engine, module, calls[:4])) == []
    wrong = spoiled(engine, graph, "heads.1", tmp_path / "engine")
    assert beyond(layer_errors(graph, wrong, module, calls[:4])) == ["heads.1"]


def test_a_tolerance_is_the_bar_of_every_layer(asked, make_case, model):
    engine, graph, calls = asked(make_case)
    layers = layer_errors(graph, engine, model.component(COMPONENT), calls, tolerance=1e-9)
    assert {layer.bar for layer in layers} == {1e-9}
    assert beyond(layers)


def test_a_renamed_tensor_is_not_in_the_engine_and_is_beyond_no_bar(asked, make_case, model, tmp_path):
    onnx = pytest.importorskip("onnx")
    engine, graph, calls = asked(make_case)
    shutil.copytree(engine.folder, tmp_path / "engine")
    file = tmp_path / "engine" / onnxruntime.ENGINE_FILE
    content = onnx.load(file)
    plain = layer_errors(graph, engine, model.component(COMPONENT), calls)
    (made,) = [
        made
        for made in content.graph.node
        if made.op_type in ("MatMul", "Gemm")
        and any(entry.key == SCOPES and "'layers.0.out'" in entry.value for entry in made.metadata_props)
    ]
    old = made.output[0]
    for other in content.graph.node:
        for names in (other.input, other.output):
            names[:] = ["renamed" if name == old else name for name in names]
    del content.graph.value_info[:]
    onnx.save(content, file)
    layers = layer_errors(graph, replace(engine, folder=tmp_path / "engine"), model.component(COMPONENT), calls)
    assert [layer.layer for layer in layers if layer.error is None] == ["layers.0.out"]
    assert beyond(layers) == []
    assert len(layers) == len(plain)


def test_a_graph_that_is_not_what_eager_gives_is_no_reference(asked, make_case):
    engine, graph, calls = asked(make_case)
    with pytest.raises(EngineError, match="the exported graph itself is not what eager gives: hidden"):
        layer_errors(graph, engine, build_model(TINY, seed=9).component(COMPONENT), calls)


def test_what_shows_nothing_of_its_inside_says_so_and_the_rest_is_looked_into(asked, make_case, store):
    engine, _, _ = asked(make_case)
    case = make_case(scenario="parity", windows=3, window_ms=300.0, hop_ms=300.0)
    hidden = replace(engine, recipe=make_recipe(case.model, "audio_decoder", "aotinductor", "fp32"))
    assert closed(engine) is None
    found = bisect(store, case, {COMPONENT: engine, "audio_decoder": hidden}, ["audio_decoder", COMPONENT], windows=1)
    assert list(found) == ["audio_decoder", COMPONENT]
    assert str(found["audio_decoder"]) == "aotinductor shows nothing of its inside; onnxruntime, openvino do"
    assert found[COMPONENT][0].layer == "text.table"


def test_what_is_not_called_in_these_windows_cannot_be_looked_into(asked, make_case, store):
    engine, _, _ = asked(make_case, component="vision_encoder")
    case = make_case(scenario="parity", windows=3, window_ms=300.0, hop_ms=300.0, modalities=("audio",))
    found = bisect(store, case, {"vision_encoder": engine}, ["vision_encoder"], windows=2)
    assert str(found["vision_encoder"]) == "it is not called in the first 2 windows of the case"


def test_a_component_without_an_engine_is_told(make_case, tmp_path):
    found = bisect(tmp_path, make_case(scenario="parity", modalities=("text",)), {}, ["vision_encoder"])
    assert str(found["vision_encoder"]) == "the case has no engine of it: nothing that it reads arrives"


def test_an_engine_whose_graph_was_cleared_away_is_one_line(asked, make_case, tmp_path):
    engine, _, _ = asked(make_case)
    with pytest.raises(EngineError, match="its exported graph was cleared away: delete the folder"):
        exported_graph(tmp_path, engine)


def test_a_distance_is_one_ratio_over_all_calls():
    """Errors (3, 0) and (0, 4) beside (0, 0) and (12, 5): 5 / 13."""
    distance = Distance()
    distance.add("a", np.array([3.0, 0.0]), np.array([0.0, 0.0]))
    distance.add("a", np.array([12.0, 9.0]), np.array([12.0, 5.0]))
    distance.add("silent", np.zeros(2), np.zeros(2))
    distance.add("loud", np.ones(2), np.zeros(2))
    assert distance.of("a") == pytest.approx(5 / 13)
    assert distance.of("silent") == 0.0
    assert distance.of("loud") == np.inf
    assert distance.of("never") is None


@pytest.mark.parametrize(("error", "is_beyond"), [(0.01, False), (0.011, True), (np.nan, True), (None, False)])
def test_no_number_is_beyond_every_bar(error, is_beyond):
    assert LayerError(layer="a", error=error, bar=0.01).is_beyond is is_beyond
