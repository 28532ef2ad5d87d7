"""Every backend: its promises, and where it runs, the reference's numbers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import asdict, replace

import numpy as np
import pytest

from josie_bench.backends import EngineJob, EngineSource, allocations_of, onnxruntime, zero_state
from josie_bench.bench.audit import NO_ANSWERS
from josie_bench.bench.calibration import ensure_calibration, prepare_engines
from josie_bench.conformance import UncheckedError
from josie_bench.conformance.backends import OTHER_SIZES, PROMISES, SIZES, Subject, inputs_of, says_what_it_is
from josie_bench.engines.boundaries import layer_boundaries
from josie_bench.engines.calibration import read_calls
from josie_bench.engines.export import export_component
from josie_bench.engines.manifest import graph_recipe, make_recipe
from josie_bench.engines.store import EngineRequest, find
from josie_bench.errors import EngineError
from josie_bench.model.layers.carry import Component
from josie_bench.model.layers.growing_rings import GrowingRings
from josie_bench.model.presets import TINY
from josie_bench.model.sizes import COMPONENTS
from josie_bench.model.weights import build_model
from josie_bench.plugins import find_member, member_names
from josie_bench.terms.allocation import DYNAMIC, STATIC
from josie_bench.terms.engine_choice import EngineChoice
from josie_bench.terms.model_choice import ModelChoice
from josie_bench.terms.signature import TensorSpec

CHOICE = ModelChoice(preset="tiny")
BACKENDS = member_names("backends")
COMPILED = ("aotinductor",)  # a C++ compiler runs for each component, 10 s and more
QUICKEST = "audio_decoder"
GRAPH_BACKENDS = [name for name in BACKENDS if "fp32" in find_member("backends", name).GRAPHS]
QUANTISED = [
    (name, precision)
    for name in BACKENDS
    for precision in find_member("backends", name).GRAPHS
    if precision.startswith("int8")
]
DYNAMIC_BACKENDS = [name for name in BACKENDS if DYNAMIC in allocations_of(find_member("backends", name))]
OPEN = [
    (name, precision)
    for name in BACKENDS
    if hasattr(find_member("backends", name), "open_up")
    for precision in find_member("backends", name).PRECISIONS
]
# Those whose graph comes quantised have nothing to refuse: tests/engines/test_quantize.py.
QUANTISED_BY_MEMBER = [
    (name, precision) for name, precision in QUANTISED if precision not in find_member("backends", name).QUANTIZED
]


def with_each_component(*engines):
    """Return (*engine, component) for each; where a compiler takes long, all but one component are slow tests."""
    return [
        pytest.param(
            *engine,
            component,
            marks=pytest.mark.slow if engine[0] in COMPILED and component != QUICKEST else (),
            id="-".join((*engine, component)),
        )
        for engine in engines
        for component in COMPONENTS
    ]


EVERY_BACKEND = with_each_component(*((name,) for name in BACKENDS))
COMPILED_PAIRS = with_each_component(*((name,) for name in COMPILED))
EVERY_ENGINE = with_each_component(*((name,) for name in (*GRAPH_BACKENDS, *COMPILED)))
EVERY_STATE = with_each_component(*QUANTISED)  # at fp32 it is a promise


def skip_unless_available(backend):
    member = find_member("backends", backend)
    if (reason := member.unavailable()) is not None:
        pytest.skip(str(reason))
    return member


def manifest_of(backend, precision, component, store):
    skip_unless_available(backend)
    engines = EngineChoice(backend=backend, precision=precision)
    if backend not in COMPILED:
        return prepare_engines(store, EngineRequest(model=CHOICE, engines=engines))[0][component]
    recipe = make_recipe(CHOICE, component, backend, precision)
    if find(store, recipe) is None:
        job = {"root": str(store), "model": asdict(CHOICE), "engines": asdict(engines), "components": [component]}
        subprocess.run([sys.executable, "-m", "josie_bench.engines.build", json.dumps(job)], check=True, timeout=250)
    return find(store, recipe)


def load(backend, precision, component, store, batch=1, allocation=STATIC):
    manifest = manifest_of(backend, precision, component, store)
    return find_member("backends", backend).load(
        EngineSource(
            component=component,
            signature=manifest.signature,
            folder=manifest.folder,
            module=lambda: build_model(TINY).component(component),
            threads=1,
            batch=batch,
            allocation=allocation,
            grow=GrowingRings,
        )
    )


def assert_same_numbers(got, expected):
    """Integers must be equal; floats may differ by what another order of sums leaves of FP32."""
    for name, array in expected.items():
        if array.dtype.kind in "ib":
            assert np.array_equal(got[name], array), name
        else:
            np.testing.assert_allclose(got[name], array, atol=2e-4, err_msg=name)


@pytest.mark.parametrize("name", BACKENDS)
def test_a_backend_says_what_it_is(name):
    says_what_it_is(find_member("backends", name))


@pytest.mark.parametrize("promise", PROMISES)
@pytest.mark.parametrize(("name", "component"), EVERY_BACKEND)
def test_a_backend_keeps_every_promise_that_one_from_another_package_must_keep(name, component, promise, store):
    computes = name not in NO_ANSWERS
    subject = Subject(
        load=lambda batch: load(name, "fp32", component, store, batch),
        reference=(lambda batch: load("eager", "fp32", component, store, batch)) if computes else None,
    )
    try:
        PROMISES[promise](subject)
    except UncheckedError as reason:
        pytest.skip(str(reason))


@pytest.mark.parametrize("component", COMPONENTS)
@pytest.mark.parametrize("name", DYNAMIC_BACKENDS)
def test_how_memory_is_taken_changes_no_answer(name, component, store):
    static, dynamic = (load(name, "fp32", component, store, allocation=way) for way in (STATIC, DYNAMIC))
    for seed in range(12):
        inputs = inputs_of(static.signature, seed)
        assert_same_numbers(dynamic.step(inputs), static.step(inputs))


def test_rings_of_eager_grow_with_a_session_and_begin_small_in_the_next():
    """64 positions of 200 fill the first 32 twice; the step in which they grow can be taken back as any other."""
    wide = replace(TINY, temporal=replace(TINY.temporal, frame_ring=200))
    static, dynamic = (_eager_temporal(wide, way) for way in (STATIC, DYNAMIC))
    for _ in range(2):
        for seed in range(64):
            inputs = inputs_of(static.signature, seed, {"batch": 1, "time": 1}) | {"kind": np.zeros((1, 1), np.int64)}
            assert_same_numbers(dynamic.step(inputs), static.step(inputs))
            if seed in (31, 32, 33):
                static.undo()
                dynamic.undo()
                assert_same_numbers(dynamic.step(inputs), static.step(inputs))
        assert dynamic.state()["temporal.clock.held"].shape == (1, 64 + 16 + 1)
        assert static.state()["temporal.clock.held"].shape == (1, 200 + 16 + 1)
        dynamic.reset()
        static.reset()
        assert dynamic.state()["temporal.clock.held"].shape == (1, 32 + 16 + 1)


def _eager_temporal(sizes, allocation):
    module = build_model(sizes).component("temporal_transformer")
    return find_member("backends", "eager").load(
        EngineSource(
            component="temporal_transformer", signature=module.signature(), folder=None, module=lambda: module,
            threads=1, allocation=allocation, grow=GrowingRings,
        )
    )  # fmt: skip


@pytest.mark.parametrize("component", COMPONENTS)
@pytest.mark.parametrize(("name", "precision"), OPEN)
def test_an_opened_engine_gives_what_the_engine_gives_and_what_is_asked_for_besides(name, precision, component, store):
    manifest = manifest_of(name, precision, component, store)
    graph = store / graph_recipe(manifest.recipe).folder_name / "graph.onnx"
    inside = [boundary.tensor for boundary in layer_boundaries(graph)]
    engine = load(name, precision, component, store)
    source = EngineSource(
        component=component, signature=manifest.signature, folder=manifest.folder, module=None, threads=1
    )
    opened = find_member("backends", name).open_up(source, [*inside, "no such tensor"])
    given = inputs_of(engine.signature, 0)
    call = given | {f"state.{key}": array.copy() for key, array in engine.state().items()}
    found = opened.run(call)
    assert_same_numbers(found, engine.step(given))
    assert set(inside) <= set(found)
    assert "no such tensor" not in found
    assert {f"next.{spec.name}" for spec in engine.signature.state} <= set(found)


@pytest.mark.parametrize(("name", "component"), EVERY_ENGINE)
def test_a_batch_of_other_lengths_gives_the_reference_s_numbers(name, component, store):
    reference, engine = (load(each, "fp32", component, store, batch=2) for each in ("eager", name))
    for seed in range(4):
        given = inputs_of(reference.signature, seed, OTHER_SIZES | {"frames": 5 - seed})
        assert_same_numbers(engine.step(given), reference.step(given))
    assert_same_numbers(engine.state(), reference.state())


@pytest.mark.parametrize(("name", "precision", "component"), EVERY_STATE)
def test_undo_returns_to_the_state_before_the_step(name, precision, component, store):
    executable = load(name, precision, component, store)
    signature = executable.signature
    for seed in range(3):
        executable.step(inputs_of(signature, seed))
    before = {name: array.copy() for name, array in executable.state().items()}
    assert {name: array.shape for name, array in before.items()} == {
        spec.name: spec.shape(SIZES) for spec in signature.state
    }
    for one in before:
        ((told, array),) = executable.state(one).items()
        assert told == one
        assert np.array_equal(array, before[one])
    first = executable.step(inputs_of(signature, 3))
    moved = executable.state()
    assert not before or any(not np.array_equal(moved[name], before[name]) for name in before)
    kept = {name: array.copy() for name, array in first.items()}
    executable.undo()
    assert all(np.array_equal(array, before[name]) for name, array in executable.state().items())
    executable.step(inputs_of(signature, 4))
    executable.undo()
    again = executable.step(inputs_of(signature, 3))
    assert all(np.array_equal(again[name], kept[name]) for name in kept)


@pytest.mark.parametrize(("name", "precision"), QUANTISED)
def test_int8_is_close_and_not_the_same(name, precision, store):
    """Rounding to 127 steps a side moves a value by a uniform error, 1/440 of the largest, so about 1 % of a usual one.
    Two layers have eight products in a row, two roundings each: 4 % if every error stayed whole."""
    reference, engine = (load(name, kind, "temporal_transformer", store) for kind in ("fp32", precision))
    given = inputs_of(reference.signature, 0)
    expected, got = reference.step(given)["hidden"], engine.step(given)["hidden"]
    error = np.linalg.norm(got - expected) / np.linalg.norm(expected)
    assert 1e-5 < error < 0.05


@pytest.mark.parametrize(("name", "precision"), QUANTISED)
def test_int8_keeps_most_codes_of_the_first_level(name, precision, store):
    """The first level holds most of the sound. Chance agrees on 1 code in 64; random weights put codes close together,
    so that some flip where trained ones would not."""
    engines = [load(each, kind, "audio_encoder", store) for each, kind in (("eager", "fp32"), (name, precision))]
    windows = [call["audio"] for call in read_calls(ensure_calibration(store, CHOICE, print), "audio_encoder")]
    expected, got = ([engine.step({"audio": window})["codes"][:, 0] for window in windows] for engine in engines)
    assert np.mean(np.array(got) == np.array(expected)) > 0.8


@pytest.mark.parametrize("component", COMPONENTS)
@pytest.mark.parametrize(("name", "precision"), QUANTISED)
def test_the_manifest_says_what_was_quantised_and_what_was_left(name, precision, component, store):
    onnx = pytest.importorskip("onnx")
    manifest = manifest_of(name, precision, component, store)
    graph = onnx.load(store / graph_recipe(manifest.recipe).folder_name / "graph.onnx").graph
    products = [node for node in graph.node if node.op_type in ("MatMul", "Gemm", "Conv", "ConvTranspose")]
    notes = manifest.notes
    assert sum(notes["quantised"].values()) > 0
    assert sum(notes["quantised"].values()) + sum(entry["nodes"] for entry in notes["left"]) == len(products)
    assert all(entry["why"] for entry in notes["left"])
    searches = sum(entry["nodes"] for entry in notes["left"] if "nearest code" in entry["why"])
    assert searches == sum(node.op_type == "ArgMin" for node in graph.node)


class Unweighted(Component):
    """Holds no product with weights."""

    def __init__(self):
        super().__init__()
        self.inputs = (TensorSpec(name="x", dtype="float32", axes=("batch", 2)),)
        self.outputs = (TensorSpec(name="y", dtype="float32", axes=("batch", 2)),)

    def step(self, inputs, carry):
        return {"y": inputs["x"] * 2}


def job_of(component, graph, folder, precision, calls=()):
    return EngineJob(
        component="guest", precision=precision, signature=component.signature(), folder=folder, graph=graph,
        module=lambda: component, program=pytest.fail, calibration=lambda: iter(calls), target="any",
    )  # fmt: skip


@pytest.mark.parametrize(("name", "precision"), QUANTISED_BY_MEMBER)
def test_what_cannot_be_quantised_is_said_on_one_line(name, precision, tmp_path):
    member = skip_unless_available(name)
    component = Unweighted()
    export_component(component, tmp_path / "graph.onnx")
    with pytest.raises(
        EngineError, match=rf"{name} cannot quantise guest to {precision}: no .*product has weights"
    ) as refused:
        member.build(job_of(component, tmp_path / "graph.onnx", tmp_path, precision))
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("name", GRAPH_BACKENDS)
def test_a_graph_that_a_backend_cannot_take_is_said_with_the_operator_on_one_line(name, tmp_path):
    onnx = pytest.importorskip("onnx")
    member = skip_unless_available(name)
    shape = ["batch", 2]
    ends = [onnx.helper.make_tensor_value_info(each, onnx.TensorProto.FLOAT, shape) for each in "xy"]
    node = onnx.helper.make_node("Unheard", ["x"], ["y"], name="odd_node")
    graph = onnx.helper.make_graph([node], "g", ends[:1], ends[1:])
    onnx.save(onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 20)]), tmp_path / "graph.onnx")
    component = Unweighted()
    source = EngineSource(component="guest", signature=component.signature(), folder=tmp_path, module=None, threads=1)
    with pytest.raises(EngineError, match="Unheard") as refused:  # one says it when it builds, another when it loads
        (member.build(job_of(component, tmp_path / "graph.onnx", tmp_path, "fp32")), member.load(source))
    assert "\n" not in str(refused.value)


def test_openvino_writes_nothing_into_the_home(tmp_path):
    """Its packages would write an identity and report their use."""
    skip_unless_available("openvino")
    code = "import josie_bench.backends.openvino, openvino, nncf"
    environment = dict(os.environ) | {"HOME": str(tmp_path)}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment, timeout=120)
    assert list(tmp_path.iterdir()) == []


def test_state_begins_at_zero():
    signature = build_model(TINY).temporal_transformer.signature()
    state = zero_state(signature, batch=2)
    assert set(state) == {spec.name for spec in signature.state}
    assert all(array.shape[0] == 2 and not array.any() for array in state.values())


def test_int8_weights_that_several_products_share_are_multiplied_exactly(tmp_path):
    """Pairs of products of 255 and 127 are 64 770, more than the 16 bits that a core without VNNI adds them in."""
    onnx = pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    square = np.tile(np.array([[1.0] * 32 + [-1.0] * 32], dtype="f4"), (64, 1))
    make, tensor = onnx.helper.make_node, onnx.helper.make_tensor_value_info
    shape = (onnx.TensorProto.FLOAT, [1, 64])
    graph = onnx.helper.make_graph(
        [make("MatMul", ["x", "w"], ["a"], name="first"), make("Abs", ["a"], ["b"]),
         make("MatMul", ["b", "w"], ["y"], name="second")],
        "g", [tensor("x", *shape)], [tensor("a", *shape), tensor("y", *shape)],
        [onnx.numpy_helper.from_array(square, "w")],
    )  # fmt: skip
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 20)], ir_version=9)
    onnx.save(model, tmp_path / "graph.onnx")
    job = EngineJob(
        component="audio_decoder", precision="int8", signature=build_model(TINY).component(QUICKEST).signature(),
        folder=tmp_path, graph=tmp_path / "graph.onnx", module=dict, program=dict, calibration=None, target="any",
    )  # fmt: skip
    notes = onnxruntime.build(job)
    engine = tmp_path / onnxruntime.ENGINE_FILE
    kinds = {t.data_type for t in onnx.load(engine).graph.initializer if t.name == "w_quantized"}
    assert kinds == {onnx.TensorProto.UINT8 if notes["unsigned_weights"] else onnx.TensorProto.INT8}
    first, second = onnxruntime._session(engine, str(engine), threads=1).run(None, {"x": np.ones((1, 64), dtype="f4")})
    np.testing.assert_allclose(first, [[64.0] * 32 + [-64.0] * 32], rtol=1e-2)
    np.testing.assert_allclose(second, [[4096.0] * 32 + [-4096.0] * 32], rtol=1e-2)


@pytest.mark.parametrize("kind", ["MatMulInteger", "DequantizeLinear"])
def test_weights_made_unsigned_give_the_same_products(kind):
    """(q − z) stays what it was when both are raised by 128; what activations are rounded with stays as it is."""
    onnx, ort = pytest.importorskip("onnx"), pytest.importorskip("onnxruntime")
    draw = np.random.default_rng(0)
    weights, zero_point = draw.integers(-127, 128, (8, 5)).astype(np.int8), draw.integers(-9, 9, (5,)).astype(np.int8)
    scale = np.linspace(0.5, 1.0, 5, dtype="f4")
    fixed = {"w": weights, "z": zero_point, "s": scale, "xz": np.array(3, "u1"), "one": np.array(1, "f4")}
    fixed |= {"az": np.array(-2, "i1")}
    make, tensor = onnx.helper.make_node, onnx.helper.make_tensor_value_info
    nodes, kinds = {
        "MatMulInteger": ([make(kind, ["x", "w", "xz", "z"], ["y"])], (onnx.TensorProto.UINT8, onnx.TensorProto.INT32)),
        "DequantizeLinear": (
            [make("QuantizeLinear", ["x", "one", "az"], ["q"]), make(kind, ["q", "one", "az"], ["d"]),
             make(kind, ["w", "s", "z"], ["v"], axis=1), make("MatMul", ["d", "v"], ["y"])],
            (onnx.TensorProto.FLOAT, onnx.TensorProto.FLOAT),
        ),
    }[kind]  # fmt: skip
    graph = onnx.helper.make_graph(
        nodes, "g", [tensor("x", kinds[0], [2, 8])], [tensor("y", kinds[1], [2, 5])],
        [onnx.numpy_helper.from_array(array, name) for name, array in fixed.items()],
    )  # fmt: skip
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 20)], ir_version=9)
    x = draw.integers(0, 60, (2, 8))
    whole = weights.astype(int) - zero_point.astype(int)
    expected = (x - 3) @ whole if kind == "MatMulInteger" else x @ (whole * scale)
    onnxruntime.make_weights_unsigned(model)
    types = {one.name: one.data_type for one in model.graph.initializer}
    assert {types["w"], types["z"]} == {onnx.TensorProto.UINT8}
    assert types["az"] == onnx.TensorProto.INT8
    options = ort.SessionOptions()
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    session = ort.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    given = x.astype(np.uint8 if kind == "MatMulInteger" else "f4")
    np.testing.assert_allclose(session.run(None, {"x": given})[0], expected, rtol=1e-5)
