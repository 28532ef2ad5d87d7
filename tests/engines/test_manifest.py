"""Manifests survive the disk; fingerprints are digests of recipes."""

from __future__ import annotations

import dataclasses
import hashlib
import json

import pytest

from josie_bench.engines import calibration
from josie_bench.engines.manifest import (
    Manifest,
    calibration_recipe,
    file_sha256,
    graph_recipe,
    machine_name,
    make_recipe,
    quantized_recipe,
    read_manifest,
    write_manifest,
)
from josie_bench.plugins import find_member
from josie_bench.terms.calibration_choice import CalibrationChoice
from josie_bench.terms.model_choice import ModelChoice
from josie_bench.terms.plan_options import PlanOptions
from josie_bench.terms.signature import Signature, TensorSpec

TINY = ModelChoice(preset="tiny")


def test_a_manifest_comes_back_with_its_files_checked(tmp_path):
    folder = tmp_path / "engine"
    folder.mkdir()
    (folder / "engine.bin").write_bytes(b"weights")
    signature = Signature(
        inputs=(TensorSpec(name="audio", dtype="float32", axes=("batch", "frames*800")),),
        state=(TensorSpec(name="tail", dtype="float32", axes=("batch", 3)),),
        outputs=(),
    )
    given = Manifest(
        recipe=make_recipe(ModelChoice(preset="tiny"), "audio_encoder", "null", "fp32"),
        signature=signature,
        folder=folder,
        files={"engine.bin": {"bytes": 7, "sha256": hashlib.sha256(b"weights").hexdigest()}},
        parameters=12,
        weights_sha256="ab" * 32,
        built="2026-01-01T00:00:00+00:00",
        build_seconds=0.25,
        phase_seconds={"build": 0.25},
        peak_mib=312.5,
    )
    write_manifest(given)
    back = read_manifest(folder)
    assert back.signature == signature
    assert back.recipe.fingerprint == given.recipe.fingerprint
    assert back.byte_count == 7
    assert (back.parameters, back.built) == (12, given.built)
    assert (back.phase_seconds, back.peak_mib) == ({"build": 0.25}, 312.5)


def test_the_fingerprint_is_the_digest_of_the_recipe():
    recipe = make_recipe(ModelChoice(preset="tiny"), "audio_encoder", "null", "fp32")
    text = json.dumps(dataclasses.asdict(recipe), sort_keys=True)
    assert recipe.fingerprint == hashlib.sha256(text.encode()).hexdigest()
    assert recipe.folder_name == f"audio_encoder-null-fp32-{recipe.target}-{recipe.fingerprint[:8]}"


def test_digests_are_of_content(tmp_path):
    file = tmp_path / "x"
    file.write_bytes(b"abc")
    assert file_sha256(file) == hashlib.sha256(b"abc").hexdigest()


def test_an_engine_with_slots_and_its_graph_are_others_than_those_without():
    choice = ModelChoice(preset="tiny")
    plain, slotted = (make_recipe(choice, "audio_encoder", "onnxruntime", "fp32", has_slots=has) for has in (0, 1))
    assert (plain.has_slots, slotted.has_slots, graph_recipe(slotted).has_slots) == (False, True, True)
    assert plain.fingerprint != slotted.fingerprint
    assert graph_recipe(plain).fingerprint != graph_recipe(slotted).fingerprint


def test_another_model_is_another_calibration_set():
    plain = calibration_recipe(TINY)
    assert plain.folder_name.startswith("calibration-eager-fp32-any-")
    for other in (
        ModelChoice(preset="nano"),
        ModelChoice(preset="tiny", seed=1),
        ModelChoice(preset="tiny", ablate=("m_rope",)),
    ):
        assert calibration_recipe(other).fingerprint != plain.fingerprint


@pytest.mark.parametrize(
    ("decides", "otherwise"),
    [("WINDOWS", 25), ("media_digest", lambda: "0" * 64), ("code_digest", lambda parts: "0" * 64)],
)
def test_another_calibration_set_is_another_engine_where_one_is_looked_at_alone(decides, otherwise, monkeypatch):
    """A recording that is exchanged changes INT8 engines, the graph that they are built from and the set; no other."""

    def fingerprints():
        member = find_member("backends", "onnxruntime")
        engines = {kind: make_recipe(TINY, "vision_encoder", "onnxruntime", kind) for kind in member.PRECISIONS}
        quantized = {f"graph {kind}": quantized_recipe(engines[kind]) for kind in member.QUANTIZED}
        recipes = engines | quantized | {"set": calibration_recipe(TINY), "exported": graph_recipe(engines["int8_qdq"])}
        return {name: recipe.fingerprint for name, recipe in recipes.items()}

    before = fingerprints()
    monkeypatch.setattr(calibration, decides, otherwise)
    changed = {name for name, fingerprint in fingerprints().items() if fingerprint != before[name]}
    assert changed == {"int8_qdq", "fp8_qdq", "graph int8_qdq", "graph fp8_qdq", "set"}


def test_a_set_of_one_s_own_is_another_engine_where_one_is_looked_at_and_the_same_wherever_it_lies():
    own = CalibrationChoice(speech="/a", video="bundled", windows=24, sha256="1" * 64)

    def fingerprints(chosen):
        kinds = find_member("backends", "onnxruntime").PRECISIONS
        words = (TINY, "vision_encoder", "onnxruntime")
        engines = {kind: make_recipe(*words, kind, calibration=chosen) for kind in kinds}
        quantized = {f"graph {kind}": quantized_recipe(engines[kind]) for kind in ("int8_qdq", "fp8_qdq")}
        exported = {"exported": graph_recipe(engines["int8_qdq"])}
        recipes = engines | quantized | exported | {"set": calibration_recipe(TINY, chosen)}
        return {name: recipe.fingerprint for name, recipe in recipes.items()}

    usual, found = fingerprints(None), fingerprints(own)
    changed = {name for name, fingerprint in found.items() if fingerprint != usual[name]}
    assert changed == {"int8_qdq", "fp8_qdq", "graph int8_qdq", "graph fp8_qdq", "set"}
    assert fingerprints(dataclasses.replace(own, speech="/b")) == found
    assert fingerprints(dataclasses.replace(own, sha256="2" * 64))["set"] != found["set"]


def test_the_usual_set_s_recipe_says_what_it_said_before_there_were_others():
    made_of = calibration_recipe(TINY).made_of
    of_a_set = {"windows": 24, "calls": 24, "media": calibration.media_digest()}
    assert {name: made_of[name] for name in of_a_set} == of_a_set
    of_a_model = {"manifest", "sizes", "weights", "code", "guests", "tools"}
    assert made_of.keys() == of_a_model | of_a_set.keys() | {"recorder"}


def test_calibrated_engines_share_the_exported_graph():
    recipes = [make_recipe(ModelChoice(preset="tiny"), "audio_encoder", "onnxruntime", p) for p in ("fp32", "int8_qdq")]
    assert len({graph_recipe(recipe).fingerprint for recipe in recipes}) == 1
    assert len({recipe.fingerprint for recipe in recipes}) == 2


@pytest.mark.parametrize(("backend", "target"), [("tensorrt", "sm89"), ("tensorrt_rtx", "sm89"), ("eager_cuda", None)])
def test_engines_for_this_machine_are_for_the_gpu_in_it_where_a_backend_compiles_for_gpus(backend, target, monkeypatch):
    member = find_member("backends", backend)
    monkeypatch.setattr(member, "versions", dict)
    if member.TARGETS:
        monkeypatch.setattr(member, "gpu_here", lambda: "sm89")
    recipe = make_recipe(ModelChoice(preset="tiny"), "audio_encoder", backend, "fp16")
    assert recipe.target == (target or machine_name())


@pytest.mark.parametrize(
    ("backend", "target", "decides"),
    [
        ("tensorrt", "sm89", True),
        ("torch_tensorrt", "sm89", True),
        ("aotinductor_cuda", "sm89", True),
        ("tensorrt_rtx", "sm90", True),  # none that it knows by name: compiled for the GPU that is here
        ("tensorrt_rtx", "sm89", False),
        ("onnxruntime", None, False),
    ],
)
def test_the_driver_is_part_of_an_engine_that_it_compiles_and_of_no_cross_built_one(
    backend, target, decides, monkeypatch
):
    member = find_member("backends", backend)
    monkeypatch.setattr(member, "versions", dict)

    def recipe_where(cuda):
        if member.TARGETS:
            monkeypatch.setattr(member, "driver_cuda", lambda: cuda)
        return make_recipe(ModelChoice(preset="tiny"), "audio_encoder", backend, "fp16", target)

    none, old, new = (recipe_where(cuda) for cuda in (None, "12.8", "13.0"))
    assert new.made_of["tools"].get("cuda_driver") == ("13.0" if decides else None)
    assert (len({each.fingerprint for each in (none, old, new)}) == 3) == decides
    assert (none.fingerprint == new.fingerprint) == (not decides)


@pytest.fixture
def tensorrt(monkeypatch):
    """Return what makes recipes of backend `tensorrt`, as if it were installed."""
    monkeypatch.setattr(find_member("backends", "tensorrt"), "versions", lambda: {"tensorrt": "10.13.2"})

    def recipe(precision="fp16", **options):
        words = (ModelChoice(preset="tiny"), "audio_encoder", "tensorrt", precision, "sm90")
        return make_recipe(*words, options=PlanOptions(**options))

    return recipe


def test_engines_with_other_options_are_others_of_one_graph(tensorrt):
    recipes = [tensorrt(), tensorrt(refit=True), tensorrt(version_compatible=True), tensorrt(timing_cache=True)]
    assert len({recipe.fingerprint for recipe in recipes}) == 4
    assert len({graph_recipe(recipe).fingerprint for recipe in recipes}) == 1
    assert recipes[1].options == PlanOptions(refit=True)
    quantized = [tensorrt("int8"), tensorrt("int8", refit=True)]
    assert len({quantized_recipe(recipe).fingerprint for recipe in quantized}) == 1


def test_without_options_a_recipe_says_nothing_of_them(tensorrt):
    """So that the key of an engine is what it was before there were any."""
    assert "options" not in tensorrt().made_of
    assert tensorrt().options == PlanOptions()


def test_a_backend_s_recipe_holds_only_the_options_that_it_has():
    words = (ModelChoice(preset="tiny"), "audio_encoder", "null", "fp32")
    assert make_recipe(*words, options=PlanOptions(refit=True)) == make_recipe(*words)


@pytest.mark.parametrize("precision", ["fp32", "fp16", "bf16", "int8", "fp8"])
def test_weak_typing_narrows_the_graph_of_fp32(precision, tensorrt):
    weak = graph_recipe(tensorrt(precision, typing="weak"))
    assert weak == graph_recipe(tensorrt("fp32"))
    assert (weak == graph_recipe(tensorrt(precision))) is (precision not in ("fp16", "bf16"))
