"""Graphs whose weights lie beside them: forced on `tiny`, the same numbers, and every file in the manifest."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from josie_bench.backends import EngineSource, _graph_files
from josie_bench.backends._graph_files import copy_graph, save_graph, told_if_too_large, weights_file
from josie_bench.bench.calibration import ensure_calibration
from josie_bench.conformance.backends import inputs_of
from josie_bench.engines.build import build_engine
from josie_bench.engines.manifest import graph_recipe, make_recipe, quantized_recipe, read_manifest
from josie_bench.errors import EngineError
from josie_bench.model.presets import TINY
from josie_bench.model.weights import build_model
from josie_bench.plugins import find_member
from josie_bench.terms.model_choice import ModelChoice

onnx = pytest.importorskip("onnx")
CHOICE, COMPONENT = ModelChoice(preset="tiny"), "audio_decoder"  # the quickest to export


@pytest.fixture
def split(monkeypatch):
    """Let no weights have room in a graph's own file."""
    monkeypatch.setattr(_graph_files, "MOST_IN_ONE_FILE", 0)


@pytest.fixture(scope="module")
def split_store(tmp_path_factory):
    """Return a store whose graphs are split, the same for all tests here: exporting takes long."""
    return tmp_path_factory.mktemp("split")


def small_model(weights):
    """Return `y = x W`."""
    info, floats = onnx.helper.make_tensor_value_info, onnx.TensorProto.FLOAT
    rows, columns = weights.shape
    graph = onnx.helper.make_graph(
        [onnx.helper.make_node("MatMul", ["x", "w"], ["y"])],
        "g",
        [info("x", floats, ["batch", rows])],
        [info("y", floats, ["batch", columns])],
        [onnx.numpy_helper.from_array(weights, "w")],
    )
    return onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 20)], ir_version=10)


def weights_of(file):
    """Return `w` as a file holds it, wherever that is."""
    (tensor,) = onnx.load(file).graph.initializer
    return onnx.numpy_helper.to_array(tensor)


WEIGHTS = np.arange(1024, dtype=np.float32).reshape(32, 32)


def test_weights_lie_in_the_graph_s_file_as_long_as_they_have_room(tmp_path, monkeypatch):
    """1024 numbers of 4 bytes."""
    for most, is_split in ((4096, False), (4095, True)):
        monkeypatch.setattr(_graph_files, "MOST_IN_ONE_FILE", most)
        file = tmp_path / f"{most}.onnx"
        save_graph(small_model(WEIGHTS), file)
        assert weights_file(file).is_file() is is_split
        assert (file.stat().st_size < 4096) is is_split
        assert np.array_equal(weights_of(file), WEIGHTS)


def test_what_is_written_again_takes_the_place_of_what_was_there(tmp_path, split):
    file = tmp_path / "graph.onnx"
    for factor in (1, 2):
        save_graph(small_model(WEIGHTS * factor), file)
    assert weights_file(file).stat().st_size == 4096
    assert np.array_equal(weights_of(file), WEIGHTS * 2)


def test_weights_that_have_room_again_leave_no_file_behind(tmp_path, monkeypatch):
    file = tmp_path / "graph.onnx"
    monkeypatch.setattr(_graph_files, "MOST_IN_ONE_FILE", 0)
    save_graph(small_model(WEIGHTS), file)
    monkeypatch.undo()
    save_graph(small_model(WEIGHTS), file)
    assert [path.name for path in tmp_path.iterdir()] == ["graph.onnx"]


@pytest.mark.parametrize("most", [0, 2**20])
def test_a_copy_needs_nothing_of_what_it_was_copied_from(tmp_path, monkeypatch, most):
    monkeypatch.setattr(_graph_files, "MOST_IN_ONE_FILE", most)
    graph, file = tmp_path / "there" / "graph.onnx", tmp_path / "here" / "engine.onnx"
    for path in (graph, file):
        path.parent.mkdir()
    save_graph(small_model(WEIGHTS), graph)
    copy_graph(graph, file)
    for path in graph.parent.iterdir():
        path.unlink()
    assert np.array_equal(weights_of(file), WEIGHTS)


def test_a_graph_that_no_file_holds_is_one_line(tmp_path):
    message = pytest.importorskip("google.protobuf.message")
    for error in (ValueError("exceeds maximum\nprotobuf size of 2GB"), message.EncodeError("Failed to serialize")):
        with (
            pytest.raises(EngineError, match="2 GiB beside its weights") as refused,
            told_if_too_large(tmp_path / "graph.onnx"),
        ):
            raise error
        assert "\n" not in str(refused.value)


def built(store: Path, calibrated: Path, backend: str, precision: str, target: str | None = None):
    """Return the manifest of an engine built here and now."""
    member = find_member("backends", backend)
    reason = member.unavailable() if target is None else member.cannot_build(target)
    if reason is not None:
        pytest.skip(str(reason))
    recipe = make_recipe(CHOICE, COMPONENT, backend, precision, target)
    calibration = ensure_calibration(calibrated, CHOICE, lambda _: None) if precision in member.CALIBRATED else None
    return build_engine(build_model(TINY).component(COMPONENT), recipe, store, calibration)


def source_of(manifest) -> EngineSource:
    return EngineSource(
        component=COMPONENT, signature=manifest.signature, folder=manifest.folder, module=None, threads=1
    )


def answers(manifest):
    """Return what an engine makes of one window's inputs, and what it carries then."""
    engine = find_member("backends", manifest.recipe.backend).load(source_of(manifest))
    given = engine.step(inputs_of(engine.signature, 0))
    return given | {name: array.copy() for name, array in engine.state().items()}  # what it carries goes with it


@pytest.mark.parametrize("precision", ["fp32", "int8", "int8_qdq", "fp8_qdq"])
def test_engines_of_split_graphs_hold_all_files_and_give_the_same_numbers(store, split_store, monkeypatch, precision):
    whole = built(store, store, "onnxruntime", precision)
    monkeypatch.setattr(_graph_files, "MOST_IN_ONE_FILE", 0)
    engine = built(split_store, store, "onnxruntime", precision)
    assert sorted(engine.files) == ["engine.onnx", "engine.onnx.data"]
    folders = [engine.folder, split_store / graph_recipe(engine.recipe).folder_name]
    if precision.endswith("qdq"):
        folders.append(split_store / quantized_recipe(engine.recipe).folder_name)
    for folder in folders:
        for name, entry in read_manifest(folder).files.items():
            assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == entry["sha256"]
        assert {path.name for path in folder.iterdir()} == {*read_manifest(folder).files, "manifest.json"}
    expected, given = answers(whole), answers(engine)
    assert all(np.array_equal(given[name], expected[name]) for name in expected)


def test_weights_that_were_changed_are_not_loaded(store, split_store, split):
    engine = built(split_store, store, "onnxruntime", "fp32")
    weights = engine.folder / "engine.onnx.data"
    before = weights.read_bytes()
    weights.write_bytes(bytes([before[0] ^ 1]) + before[1:])
    with pytest.raises(EngineError, match=r"engine\.onnx\.data: not the file that was built"):
        read_manifest(engine.folder)
    weights.write_bytes(before)


def test_the_inside_of_a_split_engine_can_be_read(store, split_store, split):
    engine = built(split_store, store, "onnxruntime", "fp32")
    inside = next(
        node.output[0]
        for node in onnx.load(engine.folder / "engine.onnx", load_external_data=False).graph.node
        if node.op_type == "MatMul"
    )
    opened = find_member("backends", "onnxruntime").open_up(source_of(engine), [inside])
    assert inside in opened._outputs


@pytest.mark.parametrize(
    ("backend", "target"), [("openvino", None), pytest.param("tensorrt_rtx", "sm80", marks=pytest.mark.rtx)]
)
def test_other_backends_read_split_graphs_too(store, split_store, split, backend, target):
    """An engine without weights would be a few kB; of those that are equal OpenVINO keeps one."""
    engine = built(split_store, store, backend, "fp32", target)
    graph = read_manifest(split_store / graph_recipe(engine.recipe).folder_name)
    assert sorted(graph.files) == ["graph.onnx", "graph.onnx.data"]
    assert engine.byte_count > 0.9 * graph.files["graph.onnx.data"]["bytes"]
