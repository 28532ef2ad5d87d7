"""Engines that no recipe of today leads to, each for its own reason."""

from __future__ import annotations

from dataclasses import replace
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from josie_bench.engines import calibration
from josie_bench.engines import manifest as manifests
from josie_bench.engines.manifest import Manifest, calibration_recipe, graph_recipe, make_recipe, quantized_recipe
from josie_bench.engines.staleness import staleness
from josie_bench.plugins import find_member
from josie_bench.terms.calibration_choice import CalibrationChoice
from josie_bench.terms.model_choice import ModelChoice
from josie_bench.terms.signature import Signature

TINY = ModelChoice(preset="tiny")


def of(recipe, **changes):
    return Manifest(
        recipe=recipe, signature=Signature(inputs=(), state=(), outputs=()), folder=Path("x"), files={}, parameters=0,
        weights_sha256="", built="2026-01-01T00:00:00+00:00", build_seconds=0.0, **changes,
    )  # fmt: skip


def recipes():
    engine = make_recipe(TINY, "audio_encoder", "onnxruntime", "int8")
    return {
        "engine": engine,
        "graph": graph_recipe(engine),
        "calibration": calibration_recipe(TINY),
        "seeded": make_recipe(ModelChoice(preset="nano", seed=7), "depth_transformer", "eager", "bf16"),
    }


@pytest.mark.parametrize("kind", ["engine", "graph", "calibration", "seeded"])
def test_what_is_made_of_today_s_parts_is_not_stale(kind):
    assert staleness(of(recipes()[kind])) is None


@pytest.mark.parametrize("kind", ["engine", "graph", "calibration"])
def test_other_code_and_older_manifests_are(kind):
    recipe = recipes()[kind]
    assert staleness(of(replace(recipe, made_of=recipe.made_of | {"code": "0" * 64}))) == "built by other code"
    assert staleness(of(recipe, version=2)) == "manifest of version 2"


def test_another_version_of_a_tool_is_named(monkeypatch):
    given = recipes()
    today = given["graph"].made_of["tools"] | {"onnx": "99"}
    monkeypatch.setattr(manifests, "_version", today.get)
    assert staleness(of(given["engine"])) == "other version of onnx"
    assert staleness(of(given["graph"])) == "other version of onnx"
    assert staleness(of(given["seeded"])) is None


def test_engines_for_another_machine_are_kept_whatever_is_installed_here():
    recipe = recipes()["engine"]
    there = replace(recipe, target="sm_90", made_of=recipe.made_of | {"tools": {"tensorrt": "11"}})
    assert staleness(of(there)) is None
    assert staleness(of(replace(there, target=recipe.target))).startswith("other version of onnx")


def test_an_engine_for_the_gpu_that_is_here_is_outdated_once_its_driver_knows_another_cuda(monkeypatch):
    member = find_member("backends", "tensorrt")
    monkeypatch.setattr(member, "versions", lambda: {"tensorrt": "11.0"})
    monkeypatch.setattr(member, "gpu_here", lambda: "sm89")
    monkeypatch.setattr(member, "driver_cuda", lambda: "12.8")
    built = of(make_recipe(TINY, "audio_encoder", "tensorrt", "fp16"))
    assert staleness(built) is None
    monkeypatch.setattr(member, "driver_cuda", lambda: "13.0")
    assert staleness(built) == "other version of cuda_driver"
    monkeypatch.setattr(member, "gpu_here", lambda: "sm80")  # another machine's
    assert staleness(built) is None


def test_an_absent_library_or_backend_is_said(monkeypatch):
    def absent():
        raise PackageNotFoundError("onnxruntime")

    recipe = recipes()["seeded"]
    given = replace(recipe, backend="onnxruntime", precision="int8")
    monkeypatch.setattr(find_member("backends", "onnxruntime"), "versions", absent)
    assert staleness(of(given)) == "onnxruntime is not installed"
    assert staleness(of(replace(recipe, backend="tpu"))) == "no backend tpu here"


@pytest.mark.parametrize(("decides", "otherwise"), [("WINDOWS", 25), ("media_digest", lambda: "0" * 64)])
def test_what_looked_at_another_calibration_set_is_stale_wherever_it_is_for(decides, otherwise, monkeypatch):
    """What looks at none is not: the engine of INT8 at run time and the exported graph."""
    engine = make_recipe(TINY, "audio_encoder", "onnxruntime", "int8_qdq")
    given = recipes() | {
        "static": engine,
        "quantised": quantized_recipe(engine),
        "there": replace(engine, target="sm90"),
    }
    monkeypatch.setattr(calibration, decides, otherwise)
    assert {name: staleness(of(recipe)) for name, recipe in given.items()} == {
        "engine": None,
        "graph": None,
        "seeded": None,
        "calibration": "recorded from other windows or media, or by other code",
        "static": "of another calibration set",
        "quantised": "of another calibration set",
        "there": "of another calibration set",
    }


def test_a_set_of_one_s_own_does_not_go_with_the_bundled_recordings(monkeypatch):
    own = CalibrationChoice(speech="/a", video="bundled", windows=64, sha256="1" * 64)
    engine = make_recipe(TINY, "audio_encoder", "onnxruntime", "int8_qdq", calibration=own)
    given = [of(engine), of(quantized_recipe(engine)), of(calibration_recipe(TINY, own))]
    monkeypatch.setattr(calibration, "media_digest", lambda: "0" * 64)
    assert [staleness(manifest) for manifest in given] == [None] * 3
    monkeypatch.setattr(calibration, "MOST_CALLS", 12)
    said = "of another calibration set"
    recorded = "recorded from other windows or media, or by other code"
    assert [staleness(manifest) for manifest in given] == [said, said, recorded]


@pytest.mark.parametrize("said", [{"sizes": {}}, "none", None])
def test_an_engine_that_does_not_say_what_its_set_was_made_of_is_stale(said):
    recipe = make_recipe(TINY, "audio_encoder", "onnxruntime", "int8_qdq")
    before = replace(recipe, made_of=recipe.made_of | {"calibration": said})
    assert staleness(of(before)) == "of another calibration set"


def test_a_set_that_another_torch_recorded_is_stale():
    recipe = recipes()["calibration"]
    other = replace(recipe, made_of=recipe.made_of | {"tools": {"torch": "1.0"}})
    assert staleness(of(other)) == "other version of torch"
