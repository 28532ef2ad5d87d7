"""What torch compiles says what eager says: at every length, in a batch, after an undo, in what it carries."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from josie_bench.backends import _package, _tensors
from josie_bench.plugins import find_member
from tests.backends.test_contract import COMPILED, COMPILED_PAIRS, QUICKEST, SIZES, inputs_of, load

LENGTHS = (1, 1, 3, 1, 6, 2, 1, 9, 1, 1, 4)  # past the wrap of every ring


def assert_same(got, expected):
    for name, array in expected.items():
        if array.dtype == np.int64:
            assert np.array_equal(got[name], array), name
        else:
            np.testing.assert_allclose(got[name], array, atol=1e-4, err_msg=name)


def assert_say_the_same(reference, executable, batch=1):
    for seed, length in enumerate(LENGTHS):
        lengths = {"batch": batch, "frames": length, "time": length, "tokens": length + 3}
        given = inputs_of(reference.signature, seed, lengths)
        assert_same(executable.step(given), reference.step(given))
        if seed % 3 == 2:
            reference.undo()
            executable.undo()
        assert_same(executable.state(), reference.state())


@pytest.mark.parametrize(("name", "component"), COMPILED_PAIRS)
def test_every_length_and_an_undo_between_says_what_eager_says(name, component, store):
    assert_say_the_same(load("eager", "fp32", component, store), load(name, "fp32", component, store))


@pytest.mark.parametrize("component", [QUICKEST, pytest.param("temporal_transformer", marks=pytest.mark.slow)])
def test_one_package_serves_a_batch_as_well(component, store):
    reference, engine = (load(name, "fp32", component, store, batch=2) for name in ("eager", "aotinductor"))
    assert_say_the_same(reference, engine, batch=2)


@pytest.mark.slow
@pytest.mark.parametrize("precision", ["fp16", "bf16"])
def test_narrow_packages_are_near_their_narrow_reference(precision, store):
    reference, engine = (load(name, precision, "temporal_transformer", store) for name in ("eager", "aotinductor"))
    for seed, length in enumerate(LENGTHS):
        given = inputs_of(reference.signature, seed, SIZES | {"time": length})
        expected, got = reference.step(given)["hidden"], engine.step(given)["hidden"]
        assert np.linalg.norm(got - expected) / np.linalg.norm(expected) < 0.02
    assert {array.dtype.name for array in engine.state().values()} <= {"float32", "int64", "bool"}


def test_nothing_of_a_package_s_build_is_left_in_the_store(store):
    load("aotinductor", "fp32", QUICKEST, store)
    (folder,) = store.glob(f"{QUICKEST}-aotinductor-fp32-*")
    assert {file.name for file in folder.iterdir()} == {"engine.pt2", "manifest.json"}


@pytest.mark.parametrize("name", COMPILED)
def test_without_a_compiler_it_says_what_to_install(name, monkeypatch):
    monkeypatch.setattr(_tensors.shutil, "which", lambda program: None)
    assert str(find_member("backends", name).unavailable()).endswith("g++ is not on the PATH: apt-get install g++")


@pytest.mark.parametrize("name", COMPILED)
def test_without_torch_it_says_what_to_install(name, monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda module: None)
    assert str(find_member("backends", name).unavailable()) == "torch is not installed: pip install torch"


def test_an_engine_is_for_a_compiler_and_a_processor(monkeypatch):
    assert set(_tensors.compiled_with()) == {"torch", "g++", "processor"}
    assert set(find_member("backends", "aotinductor_cuda").versions()) == {
        "torch", "g++", "processor", "cuda", "triton",
    }  # fmt: skip
    here = _tensors._processor()
    monkeypatch.setattr(Path, "read_text", lambda self, encoding: "flags : fpu sse2")
    assert _tensors._processor() != here


@pytest.fixture
def uncached():
    _tensors.compiled_with.cache_clear()
    yield
    _tensors.compiled_with.cache_clear()


def test_what_was_compiled_is_told_apart_where_no_compiler_is(monkeypatch, uncached):
    monkeypatch.setenv("PATH", "")
    assert _tensors.compiled_with()["g++"] == "absent"


def test_the_compiler_of_the_key_is_the_one_that_compiles(monkeypatch, tmp_path):
    import torch

    asked = {}
    monkeypatch.setattr(torch._inductor, "aoti_compile_and_package", lambda *_, **options: asked.update(options))
    monkeypatch.setenv("CXX", "another")
    _package.write_package(None, tmp_path, "x", {})
    assert asked["inductor_configs"]["cpp.cxx"][-1] == "g++"
