"""Every backend: its promises, and where it runs, the reference's numbers."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict

import numpy as np
import pytest

from josie_bench.backends import EngineSource, zero_state
from josie_bench.engines.manifest import make_recipe
from josie_bench.engines.store import EngineRequest, find, find_or_build
from josie_bench.model.narrowed import at_precision
from josie_bench.model.presets import TINY
from josie_bench.model.sizes import COMPONENTS
from josie_bench.model.weights import build_model
from josie_bench.plugins import find_member, member_names
from josie_bench.terms.engine_choice import EngineChoice
from josie_bench.terms.model_choice import ModelChoice
from josie_bench.terms.precision import PRECISIONS

SIZES = {"batch": 1, "frames": 3, "time": 3, "tokens": 4}
BACKENDS = member_names("backends")
COMPILED = ("aotinductor",)  # a C++ compiler runs for each component, 10 s and more
QUICKEST = "audio_decoder"
EVERY_PAIR = [
    pytest.param(
        name,
        component,
        marks=pytest.mark.slow if name in COMPILED and component != QUICKEST else (),
        id=f"{name}-{component}",
    )
    for name in BACKENDS
    for component in COMPONENTS
]
COMPILED_PAIRS = [pair for pair in EVERY_PAIR if pair.values[0] in COMPILED]


def load(backend, precision, component, store, batch=1):
    member = find_member("backends", backend)
    if (reason := member.unavailable()) is not None:
        pytest.skip(str(reason))
    manifest = engine(backend, precision, component, store)
    return member.load(
        EngineSource(
            component=component,
            signature=manifest.signature,
            folder=manifest.folder,
            module=lambda: at_precision(build_model(TINY).component(component), precision),
            threads=1,
            batch=batch,
        )
    )


def engine(backend, precision, component, store):
    """Return an engine; where each takes the compiler long, this component's alone is built."""
    choice, engines = ModelChoice(preset="tiny"), EngineChoice(backend=backend, precision=precision)
    if backend not in COMPILED:
        return find_or_build(store, EngineRequest(model=choice, engines=engines))[0][component]
    recipe = make_recipe(choice, component, backend, precision)
    if find(store, recipe) is None:
        job = {"root": str(store), "model": asdict(choice), "engines": asdict(engines), "components": [component]}
        subprocess.run([sys.executable, "-m", "josie_bench.engines.build", json.dumps(job)], check=True, timeout=250)
    return find(store, recipe)


def inputs_of(signature, seed, **lengths):
    draw = np.random.default_rng(seed)
    arrays = {}
    for spec in signature.inputs:
        shape = spec.shape(SIZES | lengths)
        is_float = spec.dtype == "float32"
        arrays[spec.name] = draw.normal(size=shape).astype("f4") if is_float else draw.integers(0, 2, size=shape)
    return arrays


@pytest.mark.parametrize("name", BACKENDS)
def test_a_backend_says_what_it_is(name):
    member = find_member("backends", name)
    assert member.SUMMARY
    assert set(member.PRECISIONS) <= set(PRECISIONS)
    assert isinstance(member.NEEDS_MODEL, bool)
    assert set(member.GRAPHS) <= set(member.PRECISIONS)
    assert set(member.CALIBRATED) <= set(member.PRECISIONS)
    if member.unavailable() is None:
        assert all(isinstance(version, str) for version in member.versions().values())


@pytest.mark.parametrize(("name", "component"), EVERY_PAIR)
def test_outputs_have_the_signature_s_shapes_and_reset_starts_over(name, component, store):
    executable = load(name, "fp32", component, store)
    signature = executable.signature
    given = inputs_of(signature, 0)
    first = executable.step(given)
    for spec in signature.outputs:
        assert first[spec.name].shape == spec.shape(SIZES)
        assert first[spec.name].dtype == np.dtype(spec.dtype)
    kept = {name: value.copy() for name, value in first.items()}
    executable.step(inputs_of(signature, 1))
    executable.reset()
    again = executable.step(given)
    assert all(np.array_equal(again[name], kept[name]) for name in kept)


@pytest.mark.parametrize("component", COMPONENTS)
def test_onnxruntime_fp32_gives_the_reference_s_numbers_over_many_steps(component, store):
    reference, engine = (load(name, "fp32", component, store) for name in ("eager", "onnxruntime"))
    for seed in range(12):
        given = inputs_of(reference.signature, seed)
        for name, expected in reference.step(given).items():
            got = engine.step(given)[name]
            if expected.dtype == np.int64:
                assert np.array_equal(got, expected)
            else:
                np.testing.assert_allclose(got, expected, atol=2e-4)


def test_onnxruntime_int8_is_close_and_not_the_same(store):
    reference, engine = (load("onnxruntime", kind, "temporal_transformer", store) for kind in ("fp32", "int8"))
    given = inputs_of(reference.signature, 0)
    expected, got = reference.step(given)["hidden"], engine.step(given)["hidden"]
    error = np.linalg.norm(got - expected) / np.linalg.norm(expected)
    assert 1e-5 < error < 0.1


def test_int8_leaves_the_search_for_codes_in_fp32(store):
    onnx = pytest.importorskip("onnx")
    from josie_bench.backends.onnxruntime import code_search_nodes

    request = EngineRequest(
        model=ModelChoice(preset="tiny"), engines=EngineChoice(backend="onnxruntime", precision="int8")
    )
    folder = find_or_build(store, request)[0]["audio_encoder"].folder
    graph = onnx.load(folder / "engine.onnx")
    kept = [node for node in graph.graph.node if node.name in code_search_nodes(graph)]
    assert len(kept) == TINY.audio.codebooks
    assert {node.op_type for node in kept} <= {"MatMul", "Gemm"}
    assert any(node.op_type in ("MatMulInteger", "DynamicQuantizeLinear") for node in graph.graph.node)


def test_state_begins_at_zero():
    signature = build_model(TINY).temporal_transformer.signature()
    state = zero_state(signature, batch=2)
    assert set(state) == {spec.name for spec in signature.state}
    assert all(array.shape[0] == 2 and not array.any() for array in state.values())
