"""Engines that travel: what arrives is the engine that was sent for, or nothing is kept."""

from __future__ import annotations

import json

import pytest

from josie_bench.engines.manifest import MANIFEST_FILE, Manifest, make_recipe, sealed_files, write_manifest
from josie_bench.engines.seal import KEY_FILE
from josie_bench.engines.store import find, landing
from josie_bench.engines.travel import content_sha256, packed, take_in
from josie_bench.errors import EngineError
from josie_bench.terms.model_choice import ModelChoice
from josie_bench.terms.signature import Signature

RECIPE = make_recipe(ModelChoice(preset="tiny"), "audio_encoder", "onnxruntime", "fp32")
OTHER = make_recipe(ModelChoice(preset="tiny", seed=1), "audio_encoder", "onnxruntime", "fp32")


def put(root, recipe=RECIPE, content=b"a graph"):
    """Put an engine into a store, and return it as a run would find it there."""
    with landing(root, recipe) as place:
        (place / "engine.onnx").write_bytes(content)
        write_manifest(
            Manifest(
                recipe=recipe, signature=Signature(inputs=(), outputs=(), state=()), folder=place, parameters=1,
                files=sealed_files(place), weights_sha256="0" * 64, built="2026-01-02T03:04:05+00:00",
                build_seconds=1.0,
            )
        )  # fmt: skip
    return find(root, recipe)


@pytest.fixture
def engine(tmp_path):
    return put(tmp_path / "a")


def test_an_engine_arrives_whole_and_the_store_that_took_it_in_believes_it(engine, tmp_path):
    take_in(tmp_path / "b", RECIPE, packed(engine), content_sha256(engine))
    taken = find(tmp_path / "b", RECIPE)
    assert (taken.folder / "engine.onnx").read_bytes() == b"a graph"
    assert taken.content() == engine.content()
    assert taken.seal != engine.seal
    assert content_sha256(taken) == content_sha256(engine)


def test_an_engine_that_is_there_already_stays(engine, tmp_path):
    own = put(tmp_path / "b", content=b"its own")
    take_in(tmp_path / "b", RECIPE, packed(engine), content_sha256(engine))
    assert find(tmp_path / "b", RECIPE) == own


def changed(files, **changes):
    manifest = json.loads(files[MANIFEST_FILE]) | changes
    return {MANIFEST_FILE: json.dumps(manifest).encode()}


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda _: {"engine.onnx": b"a virus"}, "was changed on its way"),
        (lambda _: {"other.so": b""}, "was changed on its way"),
        (lambda files: changed(files, notes={"a": 1}), "is not the engine that was sent for"),
        (lambda _: {MANIFEST_FILE: b"{"}, "cannot read the manifest"),
        (lambda _: {"../engine.onnx": b""}, "which is no name of one"),
        (lambda _: {"/etc/passwd": b""}, "which is no name of one"),
        (lambda _: {"a\0b": b""}, "which is no name of one"),
        (lambda _: {"..": b""}, "which is no name of one"),
    ],
)
def test_what_was_changed_on_its_way_is_refused_and_nothing_is_kept(engine, tmp_path, spoil, words):
    files = packed(engine)
    with pytest.raises(EngineError, match=words):
        take_in(tmp_path / "b", RECIPE, files | spoil(files), content_sha256(engine))
    assert find(tmp_path / "b", RECIPE) is None
    assert {path.name for path in tmp_path.glob("b/*") if path.is_dir()} <= {"locks"}


def test_what_lacks_a_file_is_refused(engine, tmp_path):
    files = packed(engine)
    del files["engine.onnx"]
    with pytest.raises(EngineError, match="it is missing"):
        take_in(tmp_path / "b", RECIPE, files, content_sha256(engine))


def test_an_engine_of_another_recipe_is_refused(tmp_path):
    other = put(tmp_path / "a", OTHER)
    with pytest.raises(EngineError, match="was built from something else"):
        take_in(tmp_path / "b", RECIPE, packed(other), content_sha256(other))


def test_the_store_s_secret_does_not_travel(engine, tmp_path):
    assert (tmp_path / "a" / KEY_FILE).is_file()
    assert set(packed(engine)) == {"engine.onnx", MANIFEST_FILE}
