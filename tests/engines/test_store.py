"""Engines are found by what they were built from, and never trusted when damaged."""

from __future__ import annotations

import dataclasses
import os

import pytest

from josie_bench.engines import manifest as manifests
from josie_bench.engines.manifest import (
    Manifest,
    graph_recipe,
    make_recipe,
    read_manifest,
    sealed_files,
    write_manifest,
)
from josie_bench.engines.store import EngineRequest, find, find_or_build, landing
from josie_bench.errors import EngineError, OutputError, UnavailableError, WeightsError
from josie_bench.plugins import find_member
from josie_bench.terms.engine_choice import EngineChoice
from josie_bench.terms.model_choice import ModelChoice
from josie_bench.terms.signature import Signature

REQUEST = EngineRequest(model=ModelChoice(preset="tiny"), engines=EngineChoice(backend="null"))


def test_a_second_request_builds_nothing(store):
    first, fresh = find_or_build(store, REQUEST)
    again, rebuilt = find_or_build(store, REQUEST)
    assert set(first) == set(again) and fresh <= set(first)
    assert rebuilt == frozenset()
    assert again["audio_encoder"].parameters > 0
    assert len(again["audio_encoder"].weights_sha256) == 64


def test_an_encoder_of_what_is_absent_needs_no_engine(store):
    found, _ = find_or_build(store, dataclasses.replace(REQUEST, modalities=("text",)))
    assert set(found) == {"temporal_transformer", "depth_transformer", "audio_decoder"}


@pytest.mark.parametrize("change", ["seed", "sizes", "switch", "quantizer", "precision", "version", "code"])
def test_whatever_decides_the_engine_changes_its_fingerprint(change, monkeypatch):
    base = make_recipe(ModelChoice(preset="tiny"), "audio_encoder", "onnxruntime", "fp32")
    if change == "version":
        monkeypatch.setattr(manifests, "_version", lambda name: "99")
    if change == "code":
        monkeypatch.setattr(manifests, "code_digest", lambda: "other")
    choices = {
        "sizes": ModelChoice(preset="nano"),
        "seed": ModelChoice(preset="tiny", seed=1),
        "switch": ModelChoice(preset="tiny", ablate=("dual_stream",)),
        "quantizer": ModelChoice(preset="tiny", quantizer="parallel"),
    }
    precision = "int8" if change == "precision" else "fp32"
    other = make_recipe(choices.get(change, ModelChoice(preset="tiny")), "audio_encoder", "onnxruntime", precision)
    assert other.fingerprint != base.fingerprint


def test_a_file_of_weights_counts_by_its_content(tmp_path):
    def fingerprint(name, content):
        (tmp_path / name).write_bytes(content)
        choice = ModelChoice(preset="tiny", weights=(str(tmp_path / name),))
        return make_recipe(choice, "audio_encoder", "null", "fp32").fingerprint

    assert fingerprint("a", b"one") == fingerprint("b", b"one") != fingerprint("c", b"two")
    with pytest.raises(WeightsError, match="cannot be read"):
        make_recipe(ModelChoice(preset="tiny", weights=(str(tmp_path / "gone"),)), "audio_encoder", "null", "fp32")


def test_precisions_share_one_exported_graph():
    recipes = [
        make_recipe(ModelChoice(preset="tiny"), "audio_encoder", "onnxruntime", kind) for kind in ("fp32", "int8")
    ]
    assert graph_recipe(recipes[0]) == graph_recipe(recipes[1])


def land(root, content, **changes):
    """Land a sealed engine of one file, as a builder does, and return its folder."""
    recipe = make_recipe(ModelChoice(preset="tiny"), "audio_encoder", "null", "fp32")
    with landing(root, recipe) as folder:
        (folder / "engine.bin").write_bytes(content)
        write_manifest(
            Manifest(
                recipe=recipe,
                signature=Signature(inputs=(), state=(), outputs=()),
                folder=folder,
                files=sealed_files(folder),
                parameters=0,
                weights_sha256="",
                built="2026-01-01T00:00:00+00:00",
                build_seconds=0.0,
                **changes,
            )
        )
    return root / recipe.folder_name


def build_null(tmp_path):
    return find_or_build(tmp_path, REQUEST)[0]["audio_encoder"]


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda file: file.write_bytes(b"other"), r"engine\.bin: not the file that was built: delete"),
        (lambda file: file.write_bytes(b"longer than it was"), r"engine\.bin: not the file that was built: delete"),
        (lambda file: file.unlink(), r"engine\.bin: not the file that was built: it is missing"),
        (lambda file: file.rename(file.with_name("x")), r"engine\.bin: not the file that was built: it is missing"),
        (lambda file: file.with_name("plugin.so").write_bytes(b"code"), r"plugin\.so: its manifest names no such file"),
    ],
    ids=["content", "size", "missing", "renamed", "more"],
)
def test_an_engine_that_is_not_what_was_built_is_refused_by_name(tmp_path, change, complaint):
    folder = land(tmp_path, content=b"built")
    assert read_manifest(folder).byte_count == 5
    change(folder / "engine.bin")
    with pytest.raises(EngineError, match=complaint):
        read_manifest(folder)


def test_a_link_to_the_very_bytes_is_refused_for_it_may_change(tmp_path):
    folder = land(tmp_path, content=b"built")
    (folder / "engine.bin").rename(tmp_path / "elsewhere")
    (folder / "engine.bin").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(EngineError, match=r"engine\.bin: not the file"):
        read_manifest(folder)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"recipe": {}}'])
def test_a_broken_manifest_is_one_line(tmp_path, text):
    engine = build_null(tmp_path)
    (engine.folder / "manifest.json").write_text(text)
    with pytest.raises(EngineError, match="cannot read the manifest") as caught:
        read_manifest(engine.folder)
    assert "\n" not in str(caught.value)


def test_what_has_the_place_of_an_engine_and_is_none_is_refused_before_anything_is_built(tmp_path):
    folder = tmp_path / "store" / make_recipe(ModelChoice(preset="tiny"), "audio_encoder", "null", "fp32").folder_name
    folder.mkdir(parents=True)
    (folder / "engine.bin").write_bytes(b"its manifest is gone")
    with pytest.raises(EngineError, match=r"no manifest\.json: delete it, it is built anew"):
        build_null(folder.parent)
    (folder / "engine.bin").unlink()
    build_null(folder.parent)
    folder.rename(tmp_path / "elsewhere")
    folder.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(EngineError, match="a link, and engines are none"):
        build_null(folder.parent)
    folder.unlink()
    folder.write_bytes(b"a file")
    with pytest.raises(EngineError, match=r"no manifest\.json: delete it, it is built anew"):
        build_null(folder.parent)


def test_an_engine_under_a_foreign_name_is_refused(tmp_path):
    engine = build_null(tmp_path)
    other = make_recipe(ModelChoice(preset="tiny", seed=5), "audio_encoder", "null", "fp32")
    engine.folder.rename(tmp_path / other.folder_name)
    with pytest.raises(EngineError, match="built from something else"):
        find(tmp_path, other)


def test_a_build_that_fails_leaves_nothing(tmp_path):
    recipe = make_recipe(ModelChoice(preset="tiny"), "audio_encoder", "null", "fp32")
    died = RuntimeError("died")
    with pytest.raises(RuntimeError, match="died"), landing(tmp_path, recipe) as folder:  # noqa: PT012  the folder must hold something
        (folder / "half").write_text("half an engine")
        raise died
    assert list(tmp_path.iterdir()) == []


def test_two_builders_of_one_engine_do_not_clash(tmp_path):
    recipe = make_recipe(ModelChoice(preset="tiny"), "audio_encoder", "null", "fp32")
    with landing(tmp_path, recipe) as slow:
        (slow / "manifest.json").write_text("slow")
        with landing(tmp_path, recipe) as fast:
            (fast / "manifest.json").write_text("fast")
    assert (tmp_path / recipe.folder_name / "manifest.json").read_text() == "fast"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_store_that_cannot_be_made_is_an_error_that_names_it(tmp_path):
    (tmp_path / "file").write_text("")
    recipe = make_recipe(ModelChoice(preset="tiny"), "audio_encoder", "null", "fp32")
    with pytest.raises(OutputError, match="file"), landing(tmp_path / "file", recipe):
        pass


def test_an_absent_library_is_a_reason_with_its_mend(tmp_path, monkeypatch):
    member = find_member("backends", "onnxruntime")
    monkeypatch.setattr(member.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(UnavailableError, match=r"onnxruntime is not installed: pip install 'josie-bench\[onnx\]'"):
        find_or_build(tmp_path, dataclasses.replace(REQUEST, engines=EngineChoice(backend="onnxruntime")))


def test_an_unknown_precision_lists_the_known(tmp_path):
    with pytest.raises(EngineError, match="eager has no precision int8: it has fp32"):
        find_or_build(tmp_path, dataclasses.replace(REQUEST, engines=EngineChoice(backend="eager", precision="int8")))


def test_what_the_builder_complains_of_reaches_the_caller(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]))
    (tmp_path / "torch.py").write_text("raise ImportError('no torch today')\n")
    with pytest.raises(EngineError, match=r"null fp32 engine not built: .*no torch today"):
        find_or_build(tmp_path / "store", REQUEST)


def test_an_engine_of_an_older_manifest_is_no_engine(tmp_path):
    folder = land(tmp_path, content=b"built", version=2)
    with pytest.raises(EngineError, match="another version of josie-bench: delete the folder"):
        read_manifest(folder)
