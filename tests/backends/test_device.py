"""What is done on a GPU, done on the CPU: staging, two sets of state, graphs run again. And why there is no GPU."""

from __future__ import annotations

from contextlib import nullcontext
from itertools import pairwise
from time import monotonic_ns
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from josie_bench.backends import EngineSource, _device, cuda_graph, eager, eager_cuda
from josie_bench.backends._cuda_driver import gpu_here
from josie_bench.backends._device import Device, lacks_gpu, torch_cuda
from josie_bench.conformance.backends import PROMISES, Subject, inputs_of
from josie_bench.errors import EngineError
from josie_bench.model.narrowed import at_precision
from josie_bench.model.presets import TINY
from josie_bench.model.sizes import COMPONENTS
from josie_bench.model.slots import Slotted
from josie_bench.model.weights import build_model
from josie_bench.plugins import find_member
from josie_bench.runtime.step import Step
from josie_bench.terms.conversation import Conversation
from josie_bench.terms.signature import RESET, RUNNING, TensorSpec
from josie_bench.terms.window import Window

FLAVOURS = {"eager_cuda": eager_cuda, "cuda_graph": cuda_graph}


def source(component, precision="fp32", batch=1):
    module = at_precision(build_model(TINY).component(component), precision)
    return EngineSource(
        component=component, signature=module.signature(), folder=None, module=lambda: module, threads=1, batch=batch
    )


def sizes_at(step):
    """Return shapes that change as windows of 200, 300 and 400 ms do, and with what is seen."""
    return {"batch": 1, "frames": (4, 6, 8)[step // 3 % 3], "time": (1, 1, 5)[step % 3], "tokens": (4, 16)[step % 2]}


@pytest.mark.parametrize("component", COMPONENTS)
@pytest.mark.parametrize("flavour", FLAVOURS)
def test_every_promise_of_a_backend_is_kept_by_the_code_that_drives_a_gpu(flavour, component):
    subject = Subject(
        load=lambda batch: FLAVOURS[flavour].load(source(component, batch=batch), "cpu"),
        reference=lambda batch: eager.load(source(component, batch=batch)),
    )
    for check in PROMISES.values():
        check(subject)


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
@pytest.mark.parametrize("component", ["temporal_transformer", "audio_decoder"])
@pytest.mark.parametrize("flavour", FLAVOURS)
def test_windows_that_change_their_length_give_the_reference_s_bits_through_undo_and_reset(
    flavour, component, precision
):
    expected, found = (
        eager.load(source(component, precision)),
        FLAVOURS[flavour].load(source(component, precision), "cpu"),
    )
    for step in range(24):
        given = inputs_of(expected.signature, step, sizes_at(step))
        wanted, got = expected.step(given), found.step(given)
        assert all(np.array_equal(got[name], array) for name, array in wanted.items())
        if step % 5 == 4:
            expected.undo()
            found.undo()
        if step == 15:
            expected.reset()
            found.reset()
        state = found.state()
        assert all(np.array_equal(state[name], array) for name, array in expected.state().items())
        first = next(iter(state))
        assert list(found.state(first)) == [first]
        assert np.array_equal(found.state(first)[first], state[first])


def test_an_answer_is_the_caller_s_own():
    """Staging memory is used again by the next step."""
    engine = eager_cuda.load(source("audio_decoder"), "cpu")
    first = engine.step(inputs_of(engine.signature, 0))["audio"]
    kept = first.copy()
    engine.step(inputs_of(engine.signature, 1))
    assert np.array_equal(first, kept)


def test_inputs_may_be_written_again_at_once():
    engine, other = (eager_cuda.load(source("audio_encoder"), "cpu") for _ in range(2))
    given = inputs_of(engine.signature, 0)
    sound = given["audio"].copy()
    wanted = other.step({"audio": sound})["codes"]
    got = engine.step(given)["codes"]
    given["audio"][:] = 0.0
    assert np.array_equal(got, wanted)


def test_the_usual_shapes_are_captured_when_a_component_is_loaded_and_others_when_they_come(monkeypatch):
    captured = []
    capture = Device.capture
    monkeypatch.setattr(Device, "capture", lambda self, run: captured.append(run) or capture(self, run))
    engine = cuda_graph.load(source("audio_decoder"), "cpu")
    assert len(captured) == 6  # windows of 200, 300 and 400 ms, from either set of state
    assert not any(array.any() for array in engine.state().values())
    for step in range(9):
        engine.step(inputs_of(engine.signature, step, {"batch": 1, "frames": (4, 6, 8)[step % 3]}))
    assert len(captured) == 6
    for step in range(4):
        engine.step(inputs_of(engine.signature, step, {"batch": 1, "frames": 5}))
    assert len(captured) == 8


def test_a_fork_captures_graphs_of_its_own_before_its_first_window(monkeypatch):
    engine = cuda_graph.load(source("audio_decoder"), "cpu")
    captured = []
    capture = Device.capture
    monkeypatch.setattr(Device, "capture", lambda self, run: captured.append(run) or capture(self, run))
    other = engine.fork()
    assert len(captured) == 6
    assert not any(array.any() for array in other.state().values())
    for step in range(6):
        given = inputs_of(engine.signature, step, {"batch": 1, "frames": (4, 6, 8)[step % 3]})
        wanted = engine.step(given)["audio"]  # and between its steps the other's
        assert np.array_equal(other.step(given)["audio"], wanted)
    assert len(captured) == 6


@pytest.mark.parametrize("component", COMPONENTS)
@pytest.mark.parametrize("flavour", FLAVOURS)
def test_slots_of_a_batch_run_stand_still_and_begin_anew_as_on_eager(flavour, component):
    module = Slotted(at_precision(build_model(TINY).component(component), "fp32"))
    batched = EngineSource(
        component=component, signature=module.signature(), folder=None, module=lambda: module, threads=1, batch=3
    )
    expected, found = eager.load(batched), FLAVOURS[flavour].load(batched, "cpu")
    for step in range(6):
        running = np.array([True, step % 2 == 0, step != 3])
        masks = {RESET: np.array([step == 4, False, False]), RUNNING: running}
        given = inputs_of(expected.signature, step, {**sizes_at(step), "batch": 3}) | masks
        wanted, got = expected.step(given), found.step(given)
        assert all(np.array_equal(got[name][running], array[running]) for name, array in wanted.items())


def test_a_component_without_state_is_captured_once_for_a_shape(monkeypatch):
    captured = []
    capture = Device.capture
    monkeypatch.setattr(Device, "capture", lambda self, run: captured.append(run) or capture(self, run))
    engine = cuda_graph.load(source("depth_transformer"), "cpu")
    engine.step(inputs_of(engine.signature, 0))
    assert len(captured) == 1


def test_shapes_that_were_not_used_for_long_make_room(monkeypatch):
    monkeypatch.setattr(_device, "MOST_BOUND", 3)
    expected, found = eager.load(source("audio_encoder")), eager_cuda.load(source("audio_encoder"), "cpu")
    for step in range(12):
        given = inputs_of(expected.signature, step, {"batch": 1, "frames": 1 + step % 4})
        assert np.array_equal(found.step(given)["codes"], expected.step(given)["codes"])
        assert len(found._bound) <= 3


def test_staged_memory_makes_room_and_what_was_bound_to_it_is_bound_anew(monkeypatch):
    monkeypatch.setattr(_device, "MOST_STAGED", 3)
    expected, found = eager.load(source("audio_decoder")), cuda_graph.load(source("audio_decoder"), "cpu")
    for step in range(24):
        given = inputs_of(expected.signature, step, {"batch": 1, "frames": 1 + step * 5 % 8})
        assert np.array_equal(found.step(given)["audio"], expected.step(given)["audio"])
        assert len(found._device._kept) <= 3


def test_two_types_of_number_of_one_name_and_shape_are_staged_apart():
    device = Device("cpu")
    for dtype in ("float32", "int64", "float32"):
        spec, array = TensorSpec(name="x", dtype=dtype, axes=(2,)), np.array([1, 2], dtype=dtype)
        placed = device.copy_in((spec,), {"x": array})["x"]
        assert str(placed.dtype) == f"torch.{dtype}"
        assert placed.tolist() == [1, 2]


class Recorder(TorchDispatchMode):
    """A CUDA graph on the CPU: it keeps which operators ran on which tensors, and runs those again, not the Python."""

    def __init__(self):
        super().__init__()
        self.operators = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        held = {
            leaf.untyped_storage().data_ptr() for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, torch.Tensor)
        }
        made = [leaf for leaf in tree_leaves(out) if isinstance(leaf, torch.Tensor)]
        is_view = any(tensor.untyped_storage().data_ptr() in held for tensor in made)
        if func._schema.is_mutable or not is_view:
            self.operators.append((func, args, kwargs or {}, [] if func._schema.is_mutable else made))
        return out

    def replay(self):
        for func, args, kwargs, made in self.operators:
            again = [leaf for leaf in tree_leaves(func(*args, **kwargs)) if isinstance(leaf, torch.Tensor)]
            for tensor, new in zip(made, again, strict=bool(made)):
                tensor.copy_(new)


@pytest.fixture
def gpu_of_operators(monkeypatch):
    """Let `Device` take the lines that are for a GPU, over a stream that does nothing and graphs that are recorders."""

    class Emulated(Device):
        def __init__(self, kind):
            super().__init__("cpu")
            self._stream = SimpleNamespace(synchronize=lambda: None, cuda_stream=1)

        def _zeros(self, shape, dtype, place, *, is_pinned=False):
            assert is_pinned == (place == "cpu")  # staged by the CPU, and nothing else
            return super()._zeros(shape, dtype, place)

    monkeypatch.setattr(torch.cuda, "stream", lambda stream: nullcontext())
    monkeypatch.setattr(torch.cuda, "CUDAGraph", Recorder)
    monkeypatch.setattr(torch.cuda, "graph", lambda graph, pool, stream: graph)
    monkeypatch.setattr(cuda_graph, "Device", Emulated)


@pytest.mark.parametrize("component", COMPONENTS)
def test_a_graph_of_operators_that_knows_nothing_of_python_gives_the_reference_s_bits(component, gpu_of_operators):
    """Nothing of a step is decided outside of its tensors, and whatever changes lies where the graph reads it."""
    expected, found = eager.load(source(component)), cuda_graph.load(source(component))
    for step in range(12):
        given = inputs_of(expected.signature, step, sizes_at(step))
        wanted, got = expected.step(given), found.step(given)
        assert all(np.array_equal(got[name], array) for name, array in wanted.items())
        if step % 5 == 4:
            expected.undo()
            found.undo()
        state = found.state()
        assert all(np.array_equal(state[name], array) for name, array in expected.state().items())


def test_what_a_capture_gives_lies_in_the_same_place_each_time():
    counts = iter(range(9))
    run = Device("cpu").capture(lambda: {"y": torch.full((2,), float(next(counts)))})
    first, second = run()["y"], run()["y"]
    assert first.data_ptr() == second.data_ptr()
    assert second.tolist() == [2.0, 2.0]


def test_another_kind_of_number_is_refused_rather_than_cut():
    spec = TensorSpec(name="x", dtype="int64", axes=(2,))
    with pytest.raises(TypeError, match="Cannot cast"):
        Device("cpu").copy_in((spec,), {"x": np.array([0.5, 1.5])})


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_what_fp32_is_computed_in_is_noted(flavour):
    assert FLAVOURS[flavour].build(None) == {"tf32": False}


@pytest.mark.parametrize(
    ("torch_s", "here", "said"),
    [
        (None, "sm90", r"torch \S+ was built without CUDA: pip install --force-reinstall torch==\d+\.\d+\.\d+$"),
        ("13.0", None, "no NVIDIA GPU here: take a backend that computes on the CPU"),
        ("13.0", "sm61", "the GPU here is sm61, and CUDA 13.0, which torch was built with, begins at sm75: install"),
    ],
)
def test_why_there_is_no_gpu_to_compute_on_is_said(torch_s, here, said, monkeypatch):
    monkeypatch.setattr(_device, "torch_cuda", lambda: torch_s)
    monkeypatch.setattr(_device, "gpu_here", lambda: here)
    for member in FLAVOURS.values():
        with pytest.raises(Exception, match=said):
            raise member.unavailable()


@pytest.mark.parametrize(("torch_s", "here"), [("13.0", "sm75"), ("13.2", "sm120"), ("12.6", "sm61")])
def test_a_gpu_that_torch_has_code_for_is_used(torch_s, here, monkeypatch):
    monkeypatch.setattr(_device, "torch_cuda", lambda: torch_s)
    monkeypatch.setattr(_device, "gpu_here", lambda: here)
    assert lacks_gpu() is None


def test_a_torch_that_is_not_there_is_said(monkeypatch):
    monkeypatch.setattr(_device.importlib.util, "find_spec", lambda name: None)
    assert str(lacks_gpu()) == "torch is not installed: pip install torch"


def test_torch_s_own_word_on_cuda_is_read_without_importing_it():
    assert torch_cuda() == torch.version.cuda


@pytest.mark.skipif(gpu_here() is not None, reason="there is a GPU here")
def test_a_gpu_that_torch_cannot_use_is_one_line():
    with pytest.raises(EngineError, match=r"^torch cannot use the GPU: ") as caught:
        Device()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["eager_cuda", "cuda_graph", "tensorrt", "tensorrt_rtx"])
def test_a_backend_that_computes_on_a_gpu_says_so(name):
    assert find_member("backends", name).ON_GPU


def answers_of(executables, windows):
    step = Step(TINY, executables, list, Conversation(silence="speculated"))
    return [step(window) for window in windows], step


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_what_one_component_hands_to_the_next_stays_where_it_is_and_the_answers_are_the_same(flavour, monkeypatch):
    """The hidden states of a frame are copied to the host once its tokens are there, and the noise never again."""
    random = np.random.default_rng(3)
    frame = TINY.audio.frame_samples
    sounds = [random.standard_normal(4 * frame).astype(np.float32) for _ in range(4)]
    windows = [Window(index=index, audio=sound, frame_count=4) for index, sound in enumerate(sounds)]
    wanted, _ = answers_of({name: eager.load(source(name)) for name in COMPONENTS}, windows)
    copied = []
    copy_out = Device.copy_out
    parts = {name: FLAVOURS[flavour].load(source(name), "cpu") for name in COMPONENTS}
    monkeypatch.setattr(
        Device, "copy_out", lambda self, tensors: copied.append(sorted(tensors)) or copy_out(self, tensors)
    )
    held = []
    placed = Device.placed
    monkeypatch.setattr(Device, "placed", lambda self, array: held.append(array.shape) or placed(self, array))
    found, step = answers_of(parts, windows)
    for one, other in zip(found, wanted, strict=True):
        assert np.array_equal(one.audio, other.audio)
        assert np.array_equal(one.text_ids, other.text_ids)
        assert np.array_equal(one.codes, other.codes)
        assert one.is_drawn_from_numbers
    assert copied.count(["held"]) == copied.count(["tokens"]) > 4
    assert ["hidden"] not in copied
    assert all(copied[at - 1] == ["tokens"] for at, names in enumerate(copied) if names == ["held"])
    assert len(held) == 2  # for text and for sound
    spans = step.gpu_spans()
    assert {span.name for span in spans} >= {"audio_encoder", "temporal_transformer", "depth_transformer", "copies"}
    assert step.gpu_spans() == []


def test_what_is_at_work_is_told_between_the_host_s_instants_of_the_call():
    engine = eager_cuda.load(source("audio_encoder"), "cpu")
    begun = monotonic_ns()
    engine.step(inputs_of(engine.signature, 0))
    ended = monotonic_ns()
    spans = engine.gpu_spans()
    assert [span.name for span in spans] == ["copies", "audio_encoder", "copies"]
    assert begun <= spans[0].start_ns - spans[0].error_ns
    assert spans[-1].end_ns + spans[-1].error_ns <= ended + 1000
    assert all(one.end_ns <= other.start_ns for one, other in pairwise(spans))


def test_of_a_window_of_six_seconds_no_frame_s_work_is_lost():
    engine = eager_cuda.load(source("depth_transformer"), "cpu")
    for step in range(120):
        engine.step(inputs_of(engine.signature, step))
    assert len(engine.gpu_spans()) == 3 * 120  # copied there, computed, copied back


def test_warming_up_is_nobody_s_work():
    assert cuda_graph.load(source("audio_decoder"), "cpu").gpu_spans() == []


def test_staged_memory_is_not_written_again_before_it_was_read(monkeypatch):
    """Nobody waits for a step whose outputs stay; the next one of the same component has to."""
    waits = []
    wait = Device._wait
    monkeypatch.setattr(Device, "_wait", lambda self: waits.append(1) or wait(self))
    engine = eager_cuda.load(source("depth_transformer"), "cpu")
    for step in range(3):
        engine.step_there(inputs_of(engine.signature, step))
    assert len(waits) == 2
    tokens = engine.step_there(inputs_of(engine.signature, 3))["tokens"]
    assert len(waits) == 3
    assert np.asarray(tokens).shape == tokens.shape
    assert len(waits) == 4
    engine.step_there(inputs_of(engine.signature, 3))
    assert len(waits) == 4


def test_a_held_tensor_reads_as_the_array_that_it_is():
    array = np.arange(6, dtype=np.float32).reshape(1, 2, 3)
    held = eager_cuda.load(source("depth_transformer"), "cpu").hold(array)
    assert (held.shape, len(held)) == ((1, 2, 3), 1)
    assert np.array_equal(held[0, -1:], array[0, -1:])
    assert np.asarray(held, dtype=np.float64).dtype == np.float64
