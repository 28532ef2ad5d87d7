"""Engines under a profiler: their answers, and which operators are counted, once for each call."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from josie_bench.backends import EngineSource, onnxruntime
from josie_bench.backends._graph_profile import seen_in
from josie_bench.backends._torch_profile import kernels_in, operators_in
from josie_bench.backends._watched import Watched
from josie_bench.bench.calibration import prepare_engines
from josie_bench.conformance.backends import inputs_of
from josie_bench.engines.store import EngineRequest
from josie_bench.model.presets import TINY
from josie_bench.model.weights import build_model
from josie_bench.plugins import find_member
from josie_bench.terms.engine_choice import EngineChoice
from josie_bench.terms.model_choice import ModelChoice

WATCHED = ("eager", "onnxruntime", "openvino")


class Doubling:
    """An engine that doubles what it is given."""

    signature = None

    def step(self, inputs):
        return {"out": inputs["in"] * 2}

    def reset(self): ...

    def undo(self): ...

    def state(self, *names):
        return {}


def test_what_was_seen_is_added_up_by_name_and_what_was_forgotten_is_not():
    watched = Watched(Doubling(), lambda call: (call(), [("product", 5), ("sum", 2), ("product", 4)]))
    watched.step({"in": np.ones(1)})
    watched.forget()
    assert watched.step({"in": np.ones(1)})["out"] == 2.0
    found = watched.operators()
    assert found.calls == 1
    assert [(each.name, each.calls, each.took_ns) for each in found.times] == [("product", 2, 9), ("sum", 1, 2)]
    assert found.call_ns > 0


def test_a_profiler_that_tells_in_the_end_is_told_how_many_calls_to_leave_out():
    asked = []
    watched = Watched(Doubling(), lambda call: (call(), ()), lambda skipped: asked.append(skipped) or [("late", 7)])
    for _ in range(3):
        watched.step({"in": np.ones(1)})
    watched.forget()
    watched.step({"in": np.ones(1)})
    assert [each.took_ns for each in watched.operators().times] == [7]
    assert asked == [3]


def test_of_a_graphs_profile_the_operators_of_later_runs_are_taken_in_nanoseconds():
    def event(name, start_us, took_us, cat="Node", op="MatMul"):
        return {"cat": cat, "name": name, "ts": start_us, "dur": took_us, "args": {"op_name": op}}

    events = [
        event("model_run", 100, 50, cat="Session"),
        event("a_kernel_time", 110, 20),
        event("model_run", 200, 50, cat="Session"),
        event("a_kernel_time", 210, 21),
        event("a_fence_before", 212, 1),
        event("b_kernel_time", 230, 3, op="Add"),
    ]
    assert list(seen_in(events, 1)) == [("MatMul", 21_000), ("Add", 3_000)]
    assert list(seen_in(events, 2)) == []


def test_of_pytorchs_events_operators_count_without_what_they_call_and_kernels_by_their_device():
    def event(name, device, own_us, kernel_us):
        kind = SimpleNamespace(name=device)
        return SimpleNamespace(name=name, device_type=kind, self_cpu_time_total=own_us, device_time_total=kernel_us)

    events = [event("aten::mm", "CPU", 1.5, 0.0), event("gemm", "CUDA", 0.0, 12.25)]
    assert list(operators_in(events[:1])) == [("aten::mm", 1_500)]
    assert list(kernels_in(events)) == [("gemm", 12_250)]


@pytest.mark.parametrize("name", WATCHED)
def test_a_watched_engine_gives_what_the_engine_gives_and_names_operators(name, store):
    member = find_member("backends", name)
    if (reason := member.unavailable()) is not None:
        pytest.skip(str(reason))
    component = "audio_decoder"
    request = EngineRequest(model=ModelChoice(preset="tiny"), engines=EngineChoice(backend=name))
    manifest = prepare_engines(store, request)[0][component]
    source = EngineSource(
        component=component,
        signature=manifest.signature,
        folder=manifest.folder,
        module=lambda: build_model(TINY).component(component),
        threads=1,
    )
    plain, watched = member.load(source), member.observe(source)
    for seed in range(3):
        if seed == 1:
            watched.forget()
        given = inputs_of(plain.signature, seed)
        expected, got = plain.step(given), watched.step(given)
        for key, array in expected.items():
            np.testing.assert_array_equal(got[key], array)
    found = watched.operators()
    assert found.calls == 2
    assert found.times
    assert all(each.calls >= 1 for each in found.times)
    assert 0.0 <= found.dispatch_share < 1.0


def test_operators_of_a_graph_come_an_even_number_of_times_in_two_calls(store):
    if (reason := onnxruntime.unavailable()) is not None:
        pytest.skip(str(reason))
    request = EngineRequest(model=ModelChoice(preset="tiny"), engines=EngineChoice(backend="onnxruntime"))
    manifest = prepare_engines(store, request)[0]["audio_decoder"]
    watched = onnxruntime.observe(
        EngineSource(
            component="audio_decoder", signature=manifest.signature, folder=manifest.folder, module=None, threads=1
        )
    )
    given = inputs_of(watched.signature, 0)
    watched.step(given)
    watched.forget()
    for _ in range(2):
        watched.step(given)
    assert {each.calls % 2 for each in watched.operators().times} == {0}
