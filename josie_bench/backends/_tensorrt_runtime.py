"""Run an engine of `tensorrt` or `tensorrt_rtx` on the GPU, its state bound where it lies. Never run on one yet.

Each shape of input has a context of its own for either set of state, because a context must not be changed once a CUDA
graph was captured from it. They run one after the other, so all compute in the same memory.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from josie_bench.backends import EngineSource
from josie_bench.backends._device import Device, DeviceExecutable, Run, Tensors
from josie_bench.backends._tensorrt import ENGINE_FILE, graph_inputs, graph_outputs, make_logger, one_line
from josie_bench.errors import EngineError
from josie_bench.terms.profile import find_profile
from josie_bench.terms.recording import TENSORRT_CONTEXTS, TENSORRT_SCRATCH
from josie_bench.terms.signature import TensorSpec

MOST_TOLD = 3  # wrong tensors that an error names
DTYPES = {"FLOAT": "float32", "HALF": "float16", "BF16": "bfloat16", "INT64": "int64", "INT32": "int32", "BOOL": "bool"}


def refuse_foreign(folder: Path, here: str | None) -> None:
    """Raise unless the engine in `folder` was built for the GPU `here`.

    Raises:
        EngineError: it was built for another, there is none, or its manifest cannot be read.
    """
    try:
        target = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["recipe"]["target"]
    except (OSError, ValueError, KeyError) as error:
        raise EngineError(
            f"{folder}: cannot read the manifest ({error}): delete the folder, it is built anew"
        ) from error
    if here is None:
        raise EngineError(f"{folder.name}: built for {target}, this machine has no NVIDIA GPU: it cannot be run here")
    if here != target:
        raise EngineError(f"{folder.name}: built for {target}, the GPU here is {here}: build it with --target {here}")


def load_plan(trt: Any, source: EngineSource, device: Device) -> DeviceExecutable:
    """Return the engine with contexts for the usual shapes of its profiles.

    Args:
        trt: the module `tensorrt` or `tensorrt_rtx`.
        source: with the engine's folder.
        device: where it runs.

    Raises:
        EngineError: the library refuses the plan, or its tensors are not those of the signature.
    """
    plan = Plan(trt, source, device)
    executable = DeviceExecutable(source, device, plan.bind, plan.library_bytes)
    executable.warm_up()
    return executable


class Plan:
    """An engine as the library holds it, and the memory that all its contexts compute in."""

    def __init__(self, trt: Any, source: EngineSource, device: Device) -> None:
        assert source.folder is not None
        self._trt = trt
        self._device = device
        self._component = source.component
        self._signature = source.signature
        self._outputs = graph_outputs(source.signature)
        self._logger = make_logger(trt)
        self._runtime = trt.Runtime(self._logger)  # must outlive the engine
        self._runtime.engine_host_code_allowed = True  # a version-compatible engine brings its runtime; it was sealed
        with self._said(f"{source.folder.name}: {trt.__name__} cannot load it"):
            self._engine = self._runtime.deserialize_cuda_engine((source.folder / ENGINE_FILE).read_bytes())
            self._must(self._engine is not None)
        self._names = self._checked_names()
        with device.at_work():
            scratch = TensorSpec(name="scratch", dtype="uint8", axes=(max(1, self._engine.device_memory_size_v2),))
            self._scratch = device.zeros((scratch,), {})["scratch"]
        self._grown: int | None = None

    def library_bytes(self) -> dict[str, int]:
        """Return what its contexts compute in, and what was less free on the GPU when they had been made, in bytes.

        The first lies in PyTorch's memory, once for all of them; the second is what each takes beside it, and what
        whoever else uses the GPU took in those moments.
        """
        grown = {} if self._grown is None else {TENSORRT_CONTEXTS: self._grown}
        return {TENSORRT_SCRATCH: int(self._engine.device_memory_size_v2)} | grown

    def _checked_names(self) -> frozenset[str]:
        """Return the names of the engine's tensors, once they and their types are those of the signature."""
        wanted = dict((*graph_inputs(self._signature), *self._outputs))
        names = [self._engine.get_tensor_name(index) for index in range(self._engine.num_io_tensors)]
        found = {name: self._dtype(name) for name in names}
        # An input that decides nothing may be gone from the engine; everything else must be there.
        lacking = {name for name, _ in self._outputs} - set(found)
        other = {name for name, dtype in found.items() if name not in wanted or wanted[name].dtype != dtype}
        if lacking or other:
            wrong = sorted(lacking | other)
            more = f" and {len(wrong) - MOST_TOLD} more" if len(wrong) > MOST_TOLD else ""
            raise EngineError(
                f"{self._component}: the engine's tensors are not those of the component: "
                f"{', '.join(wrong[:MOST_TOLD])}{more}: delete its folder"
            )
        return frozenset(found)

    def _dtype(self, name: str) -> str | None:
        """Return the type of a tensor's numbers; None where it is unknown, or is read on the host, as shapes are."""
        if self._engine.get_tensor_location(name) == self._trt.TensorLocation.HOST:
            return None
        return DTYPES.get(self._engine.get_tensor_dtype(name).name)

    def bind(self, placed: Tensors, read: Tensors, written: Tensors) -> Run:
        """Return what runs the engine on these tensors, in a context made for their shapes.

        Raises:
            EngineError: no profile holds the shapes, or the library refuses them.
        """
        sizes: dict[str, int] = {}
        for spec in self._signature.inputs:
            sizes |= spec.sizes_of(tuple(placed[spec.name].shape))
        outputs = self._device.zeros(self._signature.outputs, sizes)
        inputs = {**placed, **{f"state.{name}": tensor for name, tensor in read.items()}}
        results = {**outputs, **{f"next.{name}": tensor for name, tensor in written.items()}}
        before = self._device.free_bytes()
        context = self._context(find_profile(self._component, sizes), inputs, results)
        if before is not None and (after := self._device.free_bytes()) is not None:
            self._grown = (self._grown or 0) + before - after

        def run() -> Tensors:
            with self._said(f"{self._component}: {self._trt.__name__} cannot run it"):
                self._must(context.execute_async_v3(self._device.stream_handle))
            return outputs

        # TensorRT-RTX captures by itself, once its kernels for a shape are compiled.
        return run if self._captures_itself else self._device.capture(run)

    @property
    def _captures_itself(self) -> bool:
        return hasattr(self._trt, "CudaGraphStrategy")

    def _context(self, profile: int, inputs: Tensors, results: Tensors) -> Any:
        """Return a context of the profile, bound to the tensors."""
        with self._said(f"{self._component}: {self._trt.__name__} takes no inputs of these shapes"):
            context = self._new_context()
            self._must(context is not None)
            self._must(context.set_optimization_profile_async(profile, self._device.stream_handle))
            context.set_device_memory(self._scratch.data_ptr(), self._scratch.numel())
            for name in self._names & set(inputs):
                self._must(context.set_input_shape(name, tuple(inputs[name].shape)))
            for name, tensor in (*inputs.items(), *results.items()):
                if name in self._names:
                    self._must(context.set_tensor_address(name, tensor.data_ptr()))
            return context

    def _new_context(self) -> Any:
        trt = self._trt
        if not self._captures_itself:
            return self._engine.create_execution_context(trt.ExecutionContextAllocationStrategy.USER_MANAGED)
        config = self._engine.create_runtime_config()
        config.set_execution_context_allocation_strategy(trt.ExecutionContextAllocationStrategy.USER_MANAGED)
        config.cuda_graph_strategy = trt.CudaGraphStrategy.WHOLE_GRAPH_CAPTURE
        # Compiled when a shape first comes: with LAZY a fallback would be measured for an unknown while.
        config.dynamic_shapes_kernel_specialization_strategy = trt.DynamicShapesKernelSpecializationStrategy.EAGER
        return self._engine.create_execution_context(config)

    @contextmanager
    def _said(self, what: str) -> Iterator[None]:
        """Turn a refusal within into an error that says `what` and the library's first complaint."""
        self._logger.complaints.clear()
        try:
            yield
        except _RefusedError as error:
            reason = one_line(self._logger.complaints[0]) if self._logger.complaints else "without a reason"
            raise EngineError(f"{what}: {reason}") from error

    def _must(self, is_done: bool) -> None:  # noqa: FBT001  what the library returned
        if not is_done:
            raise _RefusedError


class _RefusedError(Exception):
    """The library returned False or nothing; why stands in its log."""
