"""A TensorRT that computes with PyTorch on the CPU: it reads and writes the addresses that it was bound to.

Only the calls are NVIDIA's; `test_tensorrt_runtime.py` holds their names against the real module.
"""

from __future__ import annotations

import ctypes
import math
from types import SimpleNamespace

import torch

from josie_bench.terms.profile import window_profiles
from josie_bench.terms.signature import DTYPE_BYTES

NAMES = {"float32": "FLOAT", "float16": "HALF", "bfloat16": "BF16", "int64": "INT64", "bool": "BOOL"}


class ILogger:
    """What is told of errors."""

    Severity = SimpleNamespace(ERROR=1, INTERNAL_ERROR=2)


class Runtime:
    """Turns a plan into an engine: here a plan is the component that `components` holds under its text."""

    components = {}  # noqa: RUF012  the tests' own
    engines = []  # noqa: RUF012

    def __init__(self, logger):
        self._logger = logger

    def deserialize_cuda_engine(self, serialized_engine):
        component = self.components.get(serialized_engine.decode())
        if component is None:
            self._logger.log(1, "deserialize: magicTag does\n not match")
            return None
        self.engines.append(ICudaEngine(serialized_engine.decode(), component, self._logger))
        return self.engines[-1]


class ICudaEngine:
    """A component and its named tensors."""

    device_memory_size_v2 = 64
    on_host = ()

    def __init__(self, name, component, logger):
        signature = component.signature()
        self._name, self._module, self._logger = name, component, logger
        self._inputs = [(spec.name, spec) for spec in signature.inputs]
        self._inputs += [(f"state.{spec.name}", spec) for spec in signature.state]
        self._outputs = [(spec.name, spec) for spec in signature.outputs]
        self._outputs += [(f"next.{spec.name}", spec) for spec in signature.state]
        self._tensors = dict(self._inputs + self._outputs)
        self._contexts = []
        self.num_io_tensors = len(self._tensors)

    def get_tensor_name(self, index):
        return list(self._tensors)[index]

    def get_tensor_dtype(self, name):
        return SimpleNamespace(name=NAMES[self._tensors[name].dtype])

    def get_tensor_location(self, name):
        return "host" if name in self.on_host else "device"

    def create_runtime_config(self):
        return IRuntimeConfig()

    def create_execution_context(self, strategy):
        if isinstance(strategy, IRuntimeConfig):
            assert strategy.cuda_graph_strategy == "whole"
            assert strategy.dynamic_shapes_kernel_specialization_strategy == "eager"
            strategy = strategy._strategy
        assert strategy == "user"
        self._contexts.append(IExecutionContext(self))
        return self._contexts[-1]


class IRuntimeConfig:
    """What a context of TensorRT-RTX is made with."""

    cuda_graph_strategy = dynamic_shapes_kernel_specialization_strategy = None

    def set_execution_context_allocation_strategy(self, strategy):
        self._strategy = strategy


class IExecutionContext:
    """Shapes and addresses, and the work on them."""

    def __init__(self, engine):
        self._engine = engine
        self._shapes, self._addresses = {}, {}
        self._profile = self._memory = None
        self._runs = 0

    def set_optimization_profile_async(self, profile_index, stream_handle):
        self._profile = window_profiles(self._engine._name)[profile_index]
        return True

    def set_device_memory(self, memory, size):
        self._memory = (memory, size)

    def set_input_shape(self, name, shape):
        spec = dict(self._engine._inputs)[name]
        if not self._profile.holds(spec.sizes_of(shape)):
            self._engine._logger.log(1, f"{name}: {shape} is outside of profile {self._profile.name}")
            return False
        self._shapes[name] = shape
        return True

    def set_tensor_address(self, name, memory):
        if name not in self._engine._tensors:
            return False
        self._addresses[name] = memory
        return True

    def execute_async_v3(self, stream_handle):
        assert self._memory[1] >= self._engine.device_memory_size_v2
        if set(self._addresses) != set(self._engine._tensors):
            self._engine._logger.log(1, "a tensor has no address")
            return False
        self._runs += 1
        given = [self._at(name, spec.dtype, self._shapes[name]) for name, spec in self._engine._inputs]
        with torch.inference_mode():
            for (name, spec), result in zip(self._engine._outputs, self._engine._module(*given), strict=True):
                self._at(name, spec.dtype, tuple(result.shape)).copy_(result)
        return True

    def _at(self, name, dtype, shape):
        """Return the memory that a tensor was bound to."""
        held = (ctypes.c_char * (math.prod(shape) * DTYPE_BYTES[dtype])).from_address(self._addresses[name])
        return torch.frombuffer(held, dtype=getattr(torch, dtype)).reshape(shape)


def fake_tensorrt(components, *, is_rtx):
    """Return a module that knows these components by name, and the engines that were loaded from it.

    Args:
        components: by the text of their plan.
        is_rtx: whether it has what only TensorRT-RTX has.
    """
    runtime = type("Runtime", (Runtime,), {"components": components, "engines": []})
    module = SimpleNamespace(
        __name__="tensorrt_rtx" if is_rtx else "tensorrt", ILogger=ILogger, Runtime=runtime,
        ExecutionContextAllocationStrategy=SimpleNamespace(USER_MANAGED="user"),
        TensorLocation=SimpleNamespace(HOST="host"),
    )  # fmt: skip
    if is_rtx:
        module.CudaGraphStrategy = SimpleNamespace(WHOLE_GRAPH_CAPTURE="whole")
        module.DynamicShapesKernelSpecializationStrategy = SimpleNamespace(EAGER="eager")
    return module, runtime.engines
