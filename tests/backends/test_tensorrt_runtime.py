"""How engines of TensorRT are bound, held against a TensorRT that computes on the CPU; none was ever run."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from josie_bench.backends import Accounting, EngineSource, eager
from josie_bench.backends._cuda_driver import gpu_here
from josie_bench.backends._device import Device
from josie_bench.backends._tensorrt_runtime import DTYPES, load_plan, refuse_foreign
from josie_bench.conformance.backends import PROMISES, Subject, inputs_of
from josie_bench.errors import EngineError
from josie_bench.model.narrowed import at_precision
from josie_bench.model.presets import TINY
from josie_bench.model.sizes import COMPONENTS
from josie_bench.model.slots import Slotted
from josie_bench.model.weights import build_model
from josie_bench.plugins import find_member
from josie_bench.runtime.seats import Seats
from josie_bench.terms.signature import RESET, RUNNING, TensorSpec
from tests.backends import fake_tensorrt
from tests.backends.fake_tensorrt import fake_tensorrt as make_fake

USUAL = {"batch": 1, "time": 1}
FLAVOURS = {"tensorrt": False, "tensorrt_rtx": True}


def component_of(name, precision="fp32"):
    return at_precision(build_model(TINY).component(name), precision)


def source_of(folder, name, module, batch=1, plan=None):
    (folder / "engine.plan").write_bytes((name if plan is None else plan).encode())
    return EngineSource(
        component=name, signature=module.signature(), folder=folder, module=lambda: module, threads=1, batch=batch
    )


def load(folder, name, precision="fp32", batch=1, *, is_rtx=True):
    module = component_of(name, precision)
    trt, engines = make_fake({name: module}, is_rtx=is_rtx)
    return load_plan(trt, source_of(folder, name, module, batch), Device("cpu")), engines


@pytest.mark.parametrize("name", COMPONENTS)
@pytest.mark.parametrize("flavour", FLAVOURS)
def test_every_promise_of_a_backend_is_kept_by_the_code_that_binds_engines(flavour, name, tmp_path):
    subject = Subject(
        load=lambda batch: load(tmp_path, name, batch=batch, is_rtx=FLAVOURS[flavour])[0],
        reference=lambda batch: eager.load(source_of(tmp_path, name, component_of(name), batch)),
    )
    for check in PROMISES.values():
        check(subject)


@pytest.mark.parametrize("precision", ["fp32", "fp16"])
@pytest.mark.parametrize("name", COMPONENTS)
@pytest.mark.parametrize("flavour", FLAVOURS)
def test_slots_of_a_batch_run_stand_still_and_begin_anew_as_on_eager(flavour, name, precision, tmp_path):
    module = Slotted(component_of(name, precision))
    trt, _ = make_fake({name: module}, is_rtx=FLAVOURS[flavour])
    batched = source_of(tmp_path, name, module, batch=3)
    expected, found = eager.load(batched), load_plan(trt, batched, Device("cpu"))
    for step in range(6):
        running = np.array([True, step % 2 == 0, step != 3])
        masks = {RESET: np.array([step == 4, False, False]), RUNNING: running}
        given = inputs_of(expected.signature, step, {"batch": 3, "frames": 4, "time": 2, "tokens": 4}) | masks
        wanted, got = expected.step(given), found.step(given)
        assert all(np.array_equal(got[each][running], array[running]) for each, array in wanted.items())
    state = found.state()
    assert all(np.array_equal(state[each], array) for each, array in expected.state().items())


def test_sessions_sit_in_the_slots_of_one_engine_as_each_would_alone(tmp_path):
    """With seats as a run has them: whoever steps with whom, each answers as if nobody else were there."""
    name = "temporal_transformer"
    module = Slotted(component_of(name))
    trt, engines = make_fake({name: module}, is_rtx=False)

    def seats():
        return Seats(load_plan(trt, source_of(tmp_path, name, module, batch=3), Device("cpu")), 3)

    together, alone = seats(), [seats().sit() for _ in range(3)]
    sat = [together.sit() for _ in range(3)]
    contexts = len(engines[0]._contexts)
    for step in range(8):
        who = [place for place in range(3) if (step + place) % 3]  # one stays away
        if step == 5:
            sat[who[0]].reset()
            alone[who[0]].reset()
        given = {place: inputs_of(together.signature, 10 * step + place, USUAL) for place in who}
        answers = together.step(given)
        for place in who:
            wanted = alone[place].step(given[place])
            assert all(np.array_equal(answers[place][each], array) for each, array in wanted.items())
    assert len(engines[0]._contexts) == contexts, "no context is made anew for other company"


@pytest.mark.parametrize("precision", ["fp16", "bf16"])
def test_state_of_16_bits_stays_where_it_is_bound(precision, tmp_path):
    name = "temporal_transformer"
    found, _ = load(tmp_path, name, precision)
    expected = eager.load(source_of(tmp_path, name, component_of(name, precision)))
    for step in range(6):
        given = inputs_of(expected.signature, step)
        assert np.array_equal(found.step(given)["hidden"], expected.step(given)["hidden"])
    state = found.state()
    assert all(np.array_equal(state[each], array) for each, array in expected.state().items())


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_each_window_runs_in_a_context_of_its_profile_and_of_its_set_of_state(flavour, tmp_path):
    engine, engines = load(tmp_path, "audio_decoder", is_rtx=FLAVOURS[flavour])
    contexts = engines[0]._contexts
    assert [context._profile.name for context in contexts] == ["200 ms"] * 2 + ["300 ms"] * 2 + ["400 ms"] * 2
    before = [context._runs for context in contexts]
    for step, frames in enumerate((4, 6, 8, 6)):
        engine.step(inputs_of(engine.signature, step, {"batch": 1, "frames": frames}))
    assert [context._runs - runs for context, runs in zip(contexts, before, strict=True)] == [1, 0, 0, 2, 1, 0]
    assert len(contexts) == 6
    assert len({context._memory for context in contexts}) == 1


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_what_contexts_take_is_told_by_the_api_and_by_what_is_less_free_around_their_making(
    flavour, tmp_path, monkeypatch
):
    """Each context takes 100 bytes here, and other work of the engine, between them, takes more and more."""
    module = component_of("audio_decoder")
    trt, engines = make_fake({"audio_decoder": module}, is_rtx=FLAVOURS[flavour])

    def free(_):
        contexts = [context for engine in engines for context in engine._contexts]
        return 10_000 - 100 * len(contexts) - sum(context._runs for context in contexts)

    monkeypatch.setattr(Device, "free_bytes", free)
    engine = load_plan(trt, source_of(tmp_path, "audio_decoder", module), Device("cpu"))
    assert isinstance(engine, Accounting)
    assert engine.library_bytes() == {"tensorrt_scratch": 64, "tensorrt_contexts": 600}  # three windows, either set
    fork = engine.fork()
    assert fork.library_bytes() == engine.library_bytes() == {"tensorrt_scratch": 64, "tensorrt_contexts": 1200}
    assert sum(context._runs for context in engines[0]._contexts) > 0


def test_where_nobody_says_what_is_free_the_api_alone_is_told(tmp_path):
    engine, _ = load(tmp_path, "audio_decoder")
    assert Device("cpu").free_bytes() is None
    assert engine.library_bytes() == {"tensorrt_scratch": 64}


def test_a_context_reads_one_set_of_state_and_writes_the_other(tmp_path):
    _, engines = load(tmp_path, "temporal_transformer")
    first, second = (context._addresses for context in engines[0]._contexts)
    names = [name.removeprefix("state.") for name in first if name.startswith("state.")]
    assert names
    for name in names:
        assert first[f"state.{name}"] == second[f"next.{name}"] != first[f"next.{name}"] == second[f"state.{name}"]


def test_a_window_that_no_profile_holds_is_refused_and_moves_nothing(tmp_path):
    engine, _ = load(tmp_path, "audio_encoder")
    engine.step(inputs_of(engine.signature, 0))
    before = engine.state()
    with pytest.raises(EngineError, match=r"audio_encoder: no profile holds frames 9 \(from 1 to 8\)"):
        engine.step(inputs_of(engine.signature, 1, {"batch": 1, "frames": 9}))
    assert all(np.array_equal(engine.state()[name], array) for name, array in before.items())


def test_a_plan_that_is_none_is_refused_by_the_library_s_own_reason(tmp_path):
    module = component_of("audio_decoder")
    trt, _ = make_fake({}, is_rtx=True)
    folder = tmp_path / "audio_decoder-tensorrt_rtx-fp32-sm89-12345678"
    folder.mkdir()
    with pytest.raises(EngineError) as caught:
        load_plan(trt, source_of(folder, "audio_decoder", module), Device("cpu"))
    assert str(caught.value) == f"{folder.name}: tensorrt_rtx cannot load it: deserialize: magicTag does not match"


@pytest.mark.parametrize(
    ("held", "named"),
    [("audio_encoder", r"next\.decode\.first, .* and 42 more"), ("audio_decoder at bf16", r"next\.decode\.first, .*")],
)
def test_an_engine_with_other_tensors_is_not_bound(held, named, tmp_path):
    """Other names, or the same ones with numbers of another width, would be read as what they are not."""
    name, _, precision = held.partition(" at ")
    trt, _ = make_fake({held: component_of(name, precision or "fp32")}, is_rtx=True)
    source = source_of(tmp_path, "audio_decoder", component_of("audio_decoder"), plan=held)
    with pytest.raises(EngineError, match=rf"tensors are not those of the component: {named}: delete its folder"):
        load_plan(trt, source, Device("cpu"))


def test_an_engine_that_reads_an_input_on_the_host_is_not_bound(tmp_path, monkeypatch):
    """The address of what lies on the GPU, read by the host, would end the process."""
    monkeypatch.setattr(fake_tensorrt.ICudaEngine, "on_host", ("codes",))
    with pytest.raises(EngineError, match="not those of the component: codes: delete"):
        load(tmp_path, "audio_decoder")


def test_an_input_that_the_compiler_dropped_is_not_bound(tmp_path):
    """It decides nothing, so an engine without it gives the same numbers."""
    module = component_of("audio_decoder")
    trt, _ = make_fake({"audio_decoder": module}, is_rtx=True)
    source = source_of(tmp_path, "audio_decoder", module)
    unread = TensorSpec(name="unread", dtype="float32", axes=("batch", 2))
    wider = replace(source, signature=replace(source.signature, inputs=(*source.signature.inputs, unread)))
    plain, found = (load_plan(trt, each, Device("cpu")) for each in (source, wider))
    given = inputs_of(wider.signature, 0, {"batch": 1, "frames": 6})
    assert np.array_equal(found.step(given)["audio"], plain.step(given)["audio"])


def test_a_run_that_fails_is_said(tmp_path, monkeypatch):
    engine, _ = load(tmp_path, "audio_decoder")

    def refuse(self, stream_handle):
        self._engine._logger.log(1, "cuStreamWaitEvent failed")
        return False

    monkeypatch.setattr(fake_tensorrt.IExecutionContext, "execute_async_v3", refuse)
    with pytest.raises(EngineError, match=r"^audio_decoder: tensorrt_rtx cannot run it: cuStreamWaitEvent failed$"):
        engine.step(inputs_of(engine.signature, 0, {"batch": 1, "frames": 6}))


@pytest.mark.parametrize("kind", ["Runtime", "ICudaEngine", "IExecutionContext", "IRuntimeConfig"])
@pytest.mark.rtx
def test_the_library_has_all_that_the_fake_offers(kind):
    trt = pytest.importorskip("tensorrt_rtx")
    ours = {name for name in dir(getattr(fake_tensorrt, kind)) if not name.startswith("_")} - {
        "components",
        "engines",
        "on_host",
    }
    ours |= {"num_io_tensors"} if kind == "ICudaEngine" else set()
    assert ours <= set(dir(getattr(trt, kind)))


@pytest.mark.rtx
def test_the_library_takes_the_arguments_that_it_is_given():
    trt = pytest.importorskip("tensorrt_rtx")
    context, engine = trt.IExecutionContext, trt.ICudaEngine
    for function, words in (
        (engine.create_execution_context, ("strategy: ", "runtime_config: ")),
        (context.set_optimization_profile_async, ("profile_index: ", ", stream_handle: ")),
        (context.set_device_memory, ("memory: ", ", size: ")),
        (context.set_input_shape, ("name: str, shape: tuple",)),
        (context.set_tensor_address, ("name: str, memory: ",)),
        (context.execute_async_v3, ("stream_handle: ",)),
        (trt.Runtime.deserialize_cuda_engine, ("serialized_engine: ",)),
    ):
        assert all(word in function.__doc__ for word in words), function.__doc__
    assert {"HOST"} <= set(trt.TensorLocation.__members__)
    assert {"USER_MANAGED"} <= set(trt.ExecutionContextAllocationStrategy.__members__)
    assert {"WHOLE_GRAPH_CAPTURE"} <= set(trt.CudaGraphStrategy.__members__)
    assert {"EAGER"} <= set(trt.DynamicShapesKernelSpecializationStrategy.__members__)
    assert set(DTYPES) <= set(trt.DataType.__members__)


def engine_folder(tmp_path):
    folder = tmp_path / "audio_decoder-tensorrt_rtx-fp16-sm80-12345678"
    folder.mkdir()
    (folder / "manifest.json").write_text(json.dumps({"recipe": {"target": "sm80"}}))
    return folder


@pytest.mark.parametrize(
    ("here", "said"),
    [
        (None, "built for sm80, this machine has no NVIDIA GPU"),
        ("sm89", "built for sm80, the GPU here is sm89: build it with --target sm89"),
    ],
)
def test_an_engine_for_another_gpu_is_not_loaded_and_why_is_one_line(here, said, tmp_path):
    with pytest.raises(EngineError, match=said) as caught:
        refuse_foreign(engine_folder(tmp_path), here)
    assert "\n" not in str(caught.value)


def test_an_engine_for_the_gpu_that_is_here_is_not_refused(tmp_path):
    refuse_foreign(engine_folder(tmp_path), "sm80")


def test_a_folder_without_a_manifest_is_said(tmp_path):
    with pytest.raises(EngineError, match="cannot read the manifest"):
        refuse_foreign(tmp_path, "sm80")


@pytest.mark.skipif(gpu_here() == "sm80", reason="the GPU here is the one it was built for")
@pytest.mark.parametrize("backend", FLAVOURS)
def test_no_member_loads_what_was_built_for_another_gpu(backend, tmp_path):
    folder = engine_folder(tmp_path)
    source = EngineSource(
        component="audio_decoder", signature=component_of("audio_decoder").signature(), folder=folder, module=None,
        threads=1,
    )  # fmt: skip
    with pytest.raises(EngineError, match="built for sm80"):
        find_member("backends", backend).load(source)
