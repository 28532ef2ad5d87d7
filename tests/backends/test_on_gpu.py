"""What only a GPU can show: its numbers beside the CPU's, graphs beside operators. Nobody has run these yet."""

from __future__ import annotations

from dataclasses import replace
from time import monotonic_ns

import numpy as np
import pytest

from josie_bench.backends import eager
from josie_bench.conformance.backends import NEAR, PROMISES, Subject, inputs_of
from josie_bench.engines.store import EngineRequest, find_or_build
from josie_bench.engines.timing_cache import TIMING_PREFIX
from josie_bench.model.sizes import COMPONENTS
from josie_bench.plugins import find_member
from josie_bench.terms.engine_choice import EngineChoice
from josie_bench.terms.model_choice import ModelChoice
from josie_bench.terms.plan_options import PlanOptions
from tests.backends.test_contract import load as load_built
from tests.backends.test_contract import skip_unless_available
from tests.backends.test_device import FLAVOURS, sizes_at, source

NARROW = 0.05  # of a tensor's size, that another order of sums leaves of 16 bits after 20 steps
TENSORRT = ("tensorrt", "tensorrt_rtx", "torch_tensorrt")
BUILT = [
    *(pytest.param(name, marks=pytest.mark.tensorrt) for name in TENSORRT),
    pytest.param("aotinductor_cuda", marks=pytest.mark.gpu),
]


def _far(found, wanted):
    """Return how far apart arrays are, relative to the wanted one's size."""
    return float(np.linalg.norm(found - wanted) / max(np.linalg.norm(wanted), 1e-6))


@pytest.mark.gpu
@pytest.mark.parametrize("component", COMPONENTS)
@pytest.mark.parametrize("flavour", FLAVOURS)
def test_fp32_on_the_gpu_gives_the_cpu_s_numbers_and_keeps_every_promise(flavour, component):
    skip_unless_available(flavour)
    for check in PROMISES.values():
        check(
            Subject(
                load=lambda batch: FLAVOURS[flavour].load(source(component, batch=batch)),
                reference=lambda batch: eager.load(source(component, batch=batch)),
            )
        )


@pytest.mark.gpu
@pytest.mark.parametrize("precision", ["fp16", "bf16"])
@pytest.mark.parametrize("component", ["temporal_transformer", "audio_decoder"])
def test_16_bits_on_the_gpu_are_near_those_on_the_cpu(component, precision):
    skip_unless_available("eager_cuda")
    expected, found = (
        eager.load(source(component, precision)),
        FLAVOURS["eager_cuda"].load(source(component, precision)),
    )
    for step in range(20):
        given = inputs_of(expected.signature, step)
        wanted, got = expected.step(given), found.step(given)
        assert max(_far(got[name], array) for name, array in wanted.items()) < NARROW


@pytest.mark.gpu
@pytest.mark.parametrize("component", COMPONENTS)
def test_graphs_give_what_the_operators_give_over_windows_that_change_their_length(component):
    """The same kernels run, so only a wrong address, a stale buffer or a lost copy can make a difference."""
    skip_unless_available("cuda_graph")
    plain, graphs = (FLAVOURS[name].load(source(component)) for name in ("eager_cuda", "cuda_graph"))
    for step in range(50):
        given = inputs_of(plain.signature, step, sizes_at(step))
        wanted, got = plain.step(given), graphs.step(given)
        for name, array in wanted.items():
            np.testing.assert_allclose(got[name], array, atol=NEAR, err_msg=f"step {step}: {name}")
        if step % 7 == 6:
            plain.undo()
            graphs.undo()
        if step == 30:
            plain.reset()
            graphs.reset()


@pytest.mark.parametrize("promise", PROMISES)
@pytest.mark.parametrize("component", COMPONENTS)
@pytest.mark.parametrize("backend", BUILT)
def test_engines_give_the_cpu_s_numbers_and_keep_every_promise(backend, component, promise, store):
    skip_unless_available(backend)
    PROMISES[promise](
        Subject(
            load=lambda batch: load_built(backend, "fp32", component, store, batch),
            reference=lambda batch: load_built("eager", "fp32", component, store, batch),
        )
    )


@pytest.mark.parametrize("component", ["temporal_transformer", "audio_decoder"])
@pytest.mark.parametrize("backend", BUILT)
def test_engines_at_fp16_are_near_the_component_at_fp16(backend, component, store):
    skip_unless_available(backend)
    expected, found = eager.load(source(component, "fp16")), load_built(backend, "fp16", component, store)
    for step in range(20):
        given = inputs_of(expected.signature, step)
        wanted, got = expected.step(given), found.step(given)
        assert max(_far(got[name], array) for name, array in wanted.items()) < NARROW


@pytest.mark.gpu
@pytest.mark.parametrize("flavour", FLAVOURS)
def test_a_gpu_s_work_lies_between_the_host_s_instants_but_for_its_error(flavour):
    """What hands on without a wait lies before what was waited for, and the clock is placed better than by a hop."""
    skip_unless_available(flavour)
    temporal, depth = (FLAVOURS[flavour].load(source(name)) for name in ("temporal_transformer", "depth_transformer"))
    for step in range(20):
        begun = monotonic_ns()
        hidden = temporal.step_there(inputs_of(temporal.signature, step))["hidden"][0, -1:]
        depth.step(inputs_of(depth.signature, step) | {"hidden": hidden})
        ended = monotonic_ns()
        first, second = ({span.name: span for span in engine.gpu_spans()} for engine in (temporal, depth))
        spans = [first["temporal_transformer"], second["depth_transformer"]]
        assert spans[0].end_ns <= spans[1].start_ns
        assert begun <= spans[0].start_ns + spans[0].error_ns
        assert spans[1].end_ns - spans[1].error_ns <= ended
        assert spans[1].error_ns < ended - begun


@pytest.mark.tensorrt
@pytest.mark.parametrize(
    ("option", "value"), [("refit", True), ("version_compatible", True), ("timing_cache", True), ("typing", "weak")]
)
@pytest.mark.parametrize("backend", TENSORRT)
def test_engines_with_an_option_are_near_the_component_and_tell_their_layers(backend, option, value, store):
    if option not in skip_unless_available(backend).OPTIONS:
        pytest.skip(f"{backend} has no {option}")
    if option == "typing" and not find_member("backends", backend).versions()["tensorrt"].startswith("10."):
        pytest.skip("weak typing is TensorRT 10's")
    component = "temporal_transformer"
    engines = EngineChoice(backend=backend, precision="fp16", options=PlanOptions(**{option: value}))
    request = EngineRequest(model=ModelChoice(preset="tiny"), engines=engines, components=(component,))
    manifest = find_or_build(store, request)[0][component]
    assert manifest.notes["compiled"]["status"] == "read"
    assert any(path.name.startswith(TIMING_PREFIX) for path in store.iterdir()) or option != "timing_cache"
    built = replace(source(component), signature=manifest.signature, folder=manifest.folder)
    expected, found = eager.load(source(component)), find_member("backends", backend).load(built)
    for step in range(20):
        given = inputs_of(expected.signature, step)
        wanted, got = expected.step(given), found.step(given)
        assert max(_far(got[name], array) for name, array in wanted.items()) < NARROW


@pytest.mark.parametrize("backend", [*FLAVOURS, *TENSORRT, "aotinductor_cuda"])
def test_where_there_is_no_gpu_the_reason_is_typed(backend):
    reason = find_member("backends", backend).unavailable()
    assert reason is None or (reason.exit_code == 3 and reason.mend is not None and "\n" not in str(reason))
