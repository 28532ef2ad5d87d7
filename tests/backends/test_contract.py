"""Every backend: its promises, and where it runs, the reference's numbers."""

from __future__ import annotations

import numpy as np
import pytest

from josie_bench.backends import EngineSource, zero_state
from josie_bench.engines.store import EngineRequest, find_or_build
from josie_bench.model.presets import TINY
from josie_bench.model.sizes import COMPONENTS
from josie_bench.model.weights import build_model
from josie_bench.plugins import find_member, member_names
from josie_bench.terms.engine_choice import EngineChoice
from josie_bench.terms.model_choice import ModelChoice
from josie_bench.terms.precision import PRECISIONS

SIZES = {"batch": 1, "frames": 3, "time": 3, "tokens": 4}
BACKENDS = member_names("backends")


def load(backend, precision, component, store):
    member = find_member("backends", backend)
    if (reason := member.unavailable()) is not None:
        pytest.skip(str(reason))
    request = EngineRequest(
        model=ModelChoice(preset="tiny"), engines=EngineChoice(backend=backend, precision=precision)
    )
    manifest = find_or_build(store, request)[0][component]
    return member.load(
        EngineSource(
            component=component,
            signature=manifest.signature,
            folder=manifest.folder,
            module=lambda: build_model(TINY).component(component),
            threads=1,
        )
    )


def inputs_of(signature, seed):
    draw = np.random.default_rng(seed)
    arrays = {}
    for spec in signature.inputs:
        shape = spec.shape(SIZES)
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


@pytest.mark.parametrize("component", COMPONENTS)
@pytest.mark.parametrize("name", BACKENDS)
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
