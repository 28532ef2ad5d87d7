"""The builder's process: one line a component, graphs reused, complaints on one line."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from josie_bench.bench.calibration import ensure_calibration
from josie_bench.engines.build import build_engine
from josie_bench.engines.manifest import graph_recipe, make_recipe, quantized_recipe, read_manifest
from josie_bench.errors import EngineError
from josie_bench.model.presets import TINY
from josie_bench.model.weights import build_model, parameter_count, weights_digest
from josie_bench.plugins import find_member
from josie_bench.terms.model_choice import ModelChoice
from josie_bench.terms.plan_options import PlanOptions

NULL = {"backend": "null", "precision": "fp32", "apart": []}


def call(job):
    command = [sys.executable, "-m", "josie_bench.engines.build", json.dumps(job)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def test_each_component_is_a_line_and_an_engine(tmp_path):
    job = {"root": str(tmp_path), "model": {"preset": "tiny"}, "engines": NULL}
    done = call(job | {"components": ["audio_encoder", "depth_transformer"]})
    assert done.returncode == 0, done.stderr
    lines = ["building audio_encoder for null fp32", "building depth_transformer for null fp32"]
    assert done.stdout.splitlines() == lines
    left = {path.name.split("-")[0] for path in tmp_path.iterdir()}
    assert left == {"audio_encoder", "depth_transformer", "store.key"}


def test_a_store_that_cannot_be_written_is_the_last_line_it_says(tmp_path):
    (tmp_path / "file").write_text("")
    job = {"root": str(tmp_path / "file"), "model": {"preset": "tiny"}, "engines": NULL}
    done = call(job | {"components": ["audio_encoder"]})
    assert done.returncode == 2
    assert "cannot write engines here" in done.stderr.strip().splitlines()[-1]


def test_an_engine_tells_whose_weights_it_holds_and_reuses_the_graph(store, tmp_path):
    component = build_model(TINY).depth_transformer
    recipe = make_recipe(ModelChoice(preset="tiny"), "depth_transformer", "onnxruntime", "fp32")
    engine = build_engine(component, recipe, tmp_path)
    assert engine.weights_sha256 == weights_digest(component)
    assert engine.parameters == parameter_count(component)
    graph = tmp_path / graph_recipe(recipe).folder_name
    before = (graph / "manifest.json").stat().st_mtime_ns
    build_engine(
        component, make_recipe(ModelChoice(preset="tiny"), "depth_transformer", "onnxruntime", "int8"), tmp_path
    )
    assert (graph / "manifest.json").stat().st_mtime_ns == before


@pytest.mark.parametrize("folder", [None, "absent"])
def test_a_calibrated_precision_without_a_set_is_one_line_with_the_mend(tmp_path, folder):
    recipe = make_recipe(ModelChoice(preset="tiny"), "depth_transformer", "onnxruntime", "int8_qdq")
    with pytest.raises(EngineError, match=r"no calibration set for depth_transformer .*josie-bench build") as refused:
        build_engine(build_model(TINY).depth_transformer, recipe, tmp_path, folder and tmp_path / folder)
    assert "\n" not in str(refused.value)
    assert list(tmp_path.iterdir()) == []


def test_the_quantised_graph_is_an_entry_of_its_own_and_the_engine_says_what_it_says(store, tmp_path):
    pytest.importorskip("onnxruntime")
    choice, component = ModelChoice(preset="tiny"), build_model(TINY).depth_transformer
    recipe = make_recipe(choice, "depth_transformer", "onnxruntime", "int8_qdq")
    engine = build_engine(component, recipe, tmp_path, ensure_calibration(store, choice, lambda _: None))
    graph = read_manifest(tmp_path / quantized_recipe(recipe).folder_name)
    unsigned = engine.notes["unsigned_weights"]
    assert engine.notes == graph.notes | {"unsigned_weights": unsigned, "nodes": engine.notes["nodes"]}
    assert sum(graph.notes["quantised"].values()) > 0
    assert (graph.files["graph.onnx"] == engine.files["engine.onnx"]) is not unsigned


def test_options_and_the_timing_cache_reach_the_builder_and_the_weak_engine_is_fed_in_fp32(tmp_path, monkeypatch):
    """By backend `tensorrt` without its library: what it would build with is kept, the graph is exported for real."""
    member, jobs = find_member("backends", "tensorrt"), []
    monkeypatch.setattr(member, "versions", lambda: {"tensorrt": "10.13.2"})
    monkeypatch.setattr(member, "build", jobs.append)
    options = PlanOptions(timing_cache=True, typing="weak")
    recipe = make_recipe(ModelChoice(preset="tiny"), "depth_transformer", "tensorrt", "fp16", "sm90", options=options)
    engine = build_engine(build_model(TINY).depth_transformer, recipe, tmp_path)
    assert jobs[0].options == options
    assert jobs[0].timing_cache == tmp_path / "timing-tensorrt-10.13.2-sm90"
    assert jobs[0].graph == tmp_path / graph_recipe(recipe).folder_name / "graph.onnx"
    assert graph_recipe(recipe).precision == "fp32"
    assert {spec.dtype for spec in engine.signature.state} <= {"float32", "int64"}
    assert engine.recipe.made_of["options"] == {"timing_cache": True, "typing": "weak"}
