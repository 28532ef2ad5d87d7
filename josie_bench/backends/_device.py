"""Run a component on a GPU through torch: staged copies at the border, state that never leaves it, one stream for all.

On one stream each component finds what the one before it left there, and nobody waits in between. No GPU was ever used
to write this. On the device `cpu` the same code runs without stream and pinned memory, and without graphs: that is how
its logic is tested.
"""

from __future__ import annotations

import importlib.util
import runpy
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cache, partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from josie_bench.backends import COPIES, Array, EngineSource, GpuSpan, Held
from josie_bench.backends._cuda_driver import gpu_here
from josie_bench.backends._gpu_clock import MOST_KEPT, GpuClock, HostEvent
from josie_bench.backends._place import place_of
from josie_bench.errors import UnavailableError
from josie_bench.terms.profile import window_profiles
from josie_bench.terms.signature import TensorSpec

GPU = "cuda"
WARM_UPS = 3  # runs before a capture, in which libraries choose kernels and take memory; PyTorch's documentation has 3
MOST_BOUND = 64  # shapes, each with both sets of state, of which graphs or contexts are kept
MOST_STAGED = 8 * MOST_BOUND  # inputs and outputs, each of one shape, whose memory is kept
OLDEST_SM = 75  # that CUDA 13 compiles for

Tensors = Mapping[str, Any]
Run = Callable[[], Tensors]
Bind = Callable[[Tensors, Tensors, Tensors], Run]


def lacks_gpu(instead: str = "take a backend that computes on the CPU, as eager") -> UnavailableError | None:
    """Return why torch, which is not imported, cannot compute on a GPU here; `instead` mends that none is here."""
    if importlib.util.find_spec("torch") is None:
        return UnavailableError("torch is not installed", mend="pip install torch")
    cuda = torch_cuda()
    if cuda is None:
        plain = version("torch").partition("+")[0]
        return UnavailableError(
            f"torch {version('torch')} was built without CUDA", mend=f"pip install --force-reinstall torch=={plain}"
        )
    here = gpu_here()
    if here is None:
        return UnavailableError("no NVIDIA GPU here", mend=instead)
    if int(cuda.partition(".")[0]) >= 13 and int(here.removeprefix("sm")) < OLDEST_SM:
        return UnavailableError(
            f"the GPU here is {here}, and CUDA {cuda}, which torch was built with, begins at sm{OLDEST_SM}",
            mend="install a torch that was built with CUDA 12",
        )
    return None


@cache
def torch_cuda() -> str | None:
    """Return the version of CUDA that torch was built with, as its own `version.py` says; None for a build without."""
    found = importlib.util.find_spec("torch")
    assert found is not None
    assert found.origin is not None
    cuda: str | None = runpy.run_path(str(Path(found.origin).with_name("version.py")))["cuda"]
    return cuda


def torch_versions() -> dict[str, str]:
    """Return the versions of torch and of the CUDA that it was built with."""
    return {"torch": version("torch"), "cuda": torch_cuda() or "none"}


class Device:
    """Where one executable computes.

    Args:
        kind: `cuda`, which is the first GPU that is visible, or `cpu`.

    Raises:
        EngineError: torch cannot compute on the GPU.
    """

    def __init__(self, kind: str = GPU) -> None:
        import torch

        self._torch = torch
        self._pool: Any = None
        self._spans: deque[GpuSpan] = deque(maxlen=MOST_KEPT)
        self._waits_before = -1  # how often the stream had been waited for when this was last asked for something
        self._kept: dict[tuple[str, str, tuple[int, ...], str], tuple[Any, Any]] = {}
        self.place = place_of(kind)
        if kind == GPU:
            self._pool = torch.cuda.graph_pool_handle()
        self._stream, self._clock = _stream_of(kind)

    @property
    def stream_handle(self) -> int:
        """The CUDA stream as libraries outside torch take it."""
        return 0 if self._stream is None else int(self._stream.cuda_stream)

    def free_bytes(self) -> int | None:
        """Return what is free on the GPU, as CUDA tells it; None where this is none."""
        return None if self._stream is None else int(self._torch.cuda.mem_get_info(self.place)[0])

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Let what torch is asked for within go to the stream, without gradients."""
        stream = nullcontext() if self._stream is None else self._torch.cuda.stream(self._stream)
        with self._torch.inference_mode(), stream:
            yield

    def zeros(self, specs: Sequence[TensorSpec], sizes: Mapping[str, int]) -> dict[str, Any]:
        """Return a tensor of zeros here for each spec, by name."""
        return {spec.name: self._zeros(spec.shape(dict(sizes)), spec.dtype, self.place) for spec in specs}

    def copy_in(self, specs: Sequence[TensorSpec], arrays: Mapping[str, Array | Held]) -> dict[str, Any]:
        """Return the arrays as tensors here; those of one name, type and shape are the same while they are kept.

        What comes next on the stream finds them filled; the arrays may be written again at once. What lies here already
        does not pass the host.
        """
        if self._waits_before == self._clock.waits:  # what is staged may not have left yet
            self._wait()
        self._waits_before = self._clock.waits
        placed = {}
        with self.spell(COPIES):
            for spec in specs:
                given = arrays[spec.name]
                staged, placed[spec.name] = self._staged("in", spec.name, given.shape, spec.dtype)
                if isinstance(given, HeldTensor) and given.tensor.device.type == self.place.type:
                    placed[spec.name].copy_(given.tensor)
                else:
                    np.copyto(staged.numpy(), np.asarray(given))
                    placed[spec.name].copy_(staged, non_blocking=True)
        return placed

    def copy_out(self, tensors: Tensors) -> dict[str, Array]:
        """Return the tensors as arrays of the caller's own, when all that was asked for before is done.

        This is where a step waits.
        """
        staged = {}
        with self.spell(COPIES):
            for name, tensor in tensors.items():
                kind = str(tensor.dtype).removeprefix("torch.")
                staged[name], _ = self._staged("out", name, tuple(tensor.shape), kind)
                staged[name].copy_(tensor, non_blocking=True)
        self._wait()
        return {name: tensor.numpy().copy() for name, tensor in staged.items()}

    def _wait(self) -> None:
        if self._stream is not None:
            self._stream.synchronize()
        self._clock.caught_up()

    def spell(self, name: str) -> AbstractContextManager[None]:
        """Time what the stream is asked for within."""
        return self._clock.spell(name, self._spans)

    def gpu_spans(self) -> list[GpuSpan]:
        """Return what was timed since this was last asked, as far as somebody has waited for it."""
        self._clock.place()
        spans = list(self._spans)
        self._spans.clear()
        return spans

    def capture(self, run: Run) -> Run:
        """Return what does the work of `run` again as one CUDA graph; its results lie in the same tensors each time.

        On the CPU, where there are no graphs, the work is done anew and copied to where it lay the first time.
        """
        if self._stream is None:
            results = run()
            return partial(_again, partial(_rerun, run, results), results, run)
        for _ in range(WARM_UPS):
            run()
        self._stream.synchronize()
        graph = self._torch.cuda.CUDAGraph()
        # Graphs of an executable never run at once, and results are read before the next one runs: they share memory.
        with self._torch.cuda.graph(graph, pool=self._pool, stream=self._stream):
            results = run()
        return partial(_again, graph.replay, results, run)

    def placed(self, array: Array) -> Any:
        """Return an array as a tensor here that is its own."""
        return self._torch.tensor(array, device=self.place)

    def _staged(self, way: str, name: str, shape: tuple[int, ...], dtype: str) -> tuple[Any, Any]:
        """Return host memory that copies need not wait for, and for inputs a tensor here; the stalest makes room."""
        key = (way, name, shape, dtype)
        pair = self._kept.pop(key, None) or (
            self._zeros(shape, dtype, "cpu", is_pinned=self._stream is not None),
            self._zeros(shape, dtype, self.place) if way == "in" else None,
        )
        self._kept[key] = pair
        if len(self._kept) > MOST_STAGED:
            del self._kept[next(iter(self._kept))]
        return pair

    def _zeros(self, shape: tuple[int, ...], dtype: str, place: Any, *, is_pinned: bool = False) -> Any:
        return self._torch.zeros(shape, dtype=getattr(self._torch, dtype), device=place, pin_memory=is_pinned)


@cache
def _stream_of(kind: str) -> tuple[Any, GpuClock]:
    """Return the stream that all executables of this process compute on, if there are streams, and its clock."""
    import torch

    if kind != GPU:
        return None, GpuClock(HostEvent)
    return torch.cuda.Stream(), GpuClock(partial(torch.cuda.Event, enable_timing=True))


class HeldTensor:
    """A tensor where an executable computes, and what copies it to the host."""

    def __init__(self, tensor: Any, device: Device) -> None:
        self.tensor = tensor
        self._device = device

    @property
    def shape(self) -> tuple[int, ...]:
        """As an array's."""
        return tuple(self.tensor.shape)

    def __len__(self) -> int:
        return len(self.tensor)

    def __getitem__(self, key: Any) -> HeldTensor:
        with self._device.at_work():
            return HeldTensor(self.tensor[key], self._device)

    def __array__(self, dtype: Any = None, *, copy: Any = None) -> Array:
        with self._device.at_work():
            array = self._device.copy_out({"held": self.tensor})["held"]
        return array if dtype is None else array.astype(dtype, copy=False)


class DeviceExecutable:
    """A component on a device, and the state of its sessions there.

    State lies there twice: one set is read while the other is written, and they change places after each step. So a
    step can be taken back, and a graph or context that was bound to addresses once stays bound to them.

    Args:
        source: with signature and batch.
        device: where it computes.
        bind: takes the tensors that are read (inputs, state) and those that the new state is written to; returns what
            does the step's work on them, each time it is called, and returns the outputs by name.
        library_bytes: returns what the library behind `bind` takes of the GPU, by name; none where it does not tell.
        sets: both sets of state, where they are another's too; made if absent.
    """

    def __init__(
        self,
        source: EngineSource,
        device: Device,
        bind: Bind,
        library_bytes: Callable[[], dict[str, int]] = dict,
        sets: list[dict[str, Any]] | None = None,
    ) -> None:
        self.signature = source.signature
        self._source = source
        self._sizes = {"batch": source.batch}
        self._device = device
        self._bind = bind
        self.library_bytes = library_bytes
        self._bound: dict[tuple[int, ...], tuple[Run, Tensors]] = {}
        with device.at_work():
            self._sets = self._zero_sets() if sets is None else sets

    def _zero_sets(self) -> list[dict[str, Any]]:
        first = self._zero_state()
        return [first, self._zero_state() if first else first]

    def _zero_state(self) -> dict[str, Any]:
        return self._device.zeros(self.signature.state, self._sizes)

    def step(self, inputs: Mapping[str, Array | Held]) -> dict[str, Array]:
        """Return the outputs by name for the inputs by name, once the host can read them; the state moves on."""
        with self._device.at_work():
            return self._device.copy_out(self._step(inputs))

    def step_there(self, inputs: Mapping[str, Array | Held]) -> dict[str, HeldTensor]:
        """Return the outputs by name without waiting for them; the state moves on."""
        with self._device.at_work():
            return {name: HeldTensor(tensor, self._device) for name, tensor in self._step(inputs).items()}

    def _step(self, inputs: Mapping[str, Array | Held]) -> Tensors:
        run = self._bound_to(self._device.copy_in(self.signature.inputs, inputs))
        with self._device.spell(self._source.component):
            outputs = run()
        self._sets.reverse()
        return outputs

    def hold(self, array: Array) -> HeldTensor:
        """Return a copy of an array where it computes, to be given to many steps."""
        with self._device.at_work():
            return HeldTensor(self._device.placed(array), self._device)

    def gpu_spans(self) -> list[GpuSpan]:
        """Return when it was at work since this was last asked, as far as somebody has waited for it.

        Forks are at work for each other's sessions, so what is asked of one is told of all.
        """
        return self._device.gpu_spans()

    def _bound_to(self, placed: Tensors) -> Run:
        """Return the step's work on these tensors; what was used least lately makes room."""
        read, written = self._sets
        key = (*map(id, placed.values()), id(read))
        # Kept with its inputs: graphs and contexts know their addresses alone, and no other tensor may get their ids.
        bound = self._bound.pop(key, None) or (self._bind(placed, read, written), placed)
        self._bound[key] = bound
        if len(self._bound) > MOST_BOUND:
            del self._bound[next(iter(self._bound))]
        return bound[0]

    def reset(self) -> None:
        """Return to the state at the start of a session."""
        with self._device.at_work():
            for tensors in self._sets:
                for tensor in tensors.values():
                    tensor.zero_()

    def undo(self) -> None:
        """Return to the state before the last step: the set it read is still whole."""
        self._sets.reverse()

    def fork(self) -> DeviceExecutable:
        """Return the same engine with state, and graphs or contexts, of its own, made before its first window.

        Stream, staging memory and what graphs compute in are shared: a step is done before anybody takes the next.
        """
        other = self._anew()
        other.warm_up()
        return other

    def _anew(self) -> DeviceExecutable:
        return DeviceExecutable(self._source, self._device, self._bind, self.library_bytes)

    def state(self, *names: str) -> dict[str, Array]:
        """Return what the next step will read, by name: these tensors, or all; floats of 16 bits as FP32."""
        with self._device.at_work():
            read = self._sets[0]
            return {name: _host_copy(read[name]) for name in names or read}

    def warm_up(self) -> None:
        """Take a step of each profile's usual shape from both sets of state, then start over."""
        inputs = self.signature.inputs
        for profile in window_profiles(self._source.component):
            sizes = {**profile.usual, **self._sizes}
            if all(sizes.keys() >= spec.named_axes for spec in inputs):  # a guest's may be others
                given = {spec.name: np.zeros(spec.shape(sizes), dtype=spec.dtype) for spec in inputs}
                self.step(given)
                self.step(given)
        self.reset()
        self._device.gpu_spans()


def _again(replay: Callable[[], None], results: Tensors, _captured: Run) -> Tensors:
    """Return the results of a graph that runs again; what it was captured from, as a context, must live as long."""
    replay()
    return results


def _rerun(run: Run, results: Tensors) -> None:
    for name, tensor in run().items():
        results[name].copy_(tensor)


def _host_copy(tensor: Any) -> Array:
    """Return an array of its own; numpy has no bfloat16, so floats of 16 bits come as FP32."""
    wide = tensor.float() if tensor.is_floating_point() else tensor
    array: Array = wide.to("cpu", copy=True).numpy()
    return array
