"""`eager_cuda`: the PyTorch component on the GPU, operator by operator. Written without a GPU, and never run on one.

FP32 is FP32: TF32, which PyTorch lets convolutions use, is off.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from josie_bench.backends import EngineJob, EngineSource
from josie_bench.backends._device import (
    Device,
    DeviceExecutable,
    Run,
    Tensors,
    lacks_gpu,
    torch_versions,
)
from josie_bench.backends._graphs import compute, module_on
from josie_bench.backends._growing import GrowingExecutable
from josie_bench.backends._torch_profile import watched_on_gpu
from josie_bench.backends._watched import Watched
from josie_bench.errors import UnavailableError
from josie_bench.terms.allocation import DYNAMIC, STATIC

SUMMARY = "the PyTorch reference on the GPU, operator by operator; never run by its authors"
PRECISIONS = ("fp32", "fp16", "bf16")
NEEDS_MODEL = True
ON_GPU = True
IMPORTS: tuple[str, ...] = ("torch",)
GRAPHS: dict[str, str] = {}
CALIBRATED: tuple[str, ...] = ()
QUANTIZED: dict[str, str] = {}
TARGETS: tuple[str, ...] = ()
SLOTS = PRECISIONS
ALLOCATIONS = (STATIC, DYNAMIC)  # rings at their full size, or as large as what they hold


def unavailable() -> UnavailableError | None:
    """Return why PyTorch cannot compute on a GPU here, or None."""
    return lacks_gpu()


def versions() -> dict[str, str]:
    """Return the versions of PyTorch and of its CUDA."""
    return torch_versions()


def build(job: EngineJob) -> dict[str, Any]:
    """Write nothing: the component is made from its sizes and seed. Note what FP32 is computed in."""
    return {"tf32": False}


def load(source: EngineSource, kind: str = "cuda") -> DeviceExecutable:
    """Return the component, ready to run.

    Raises:
        EngineError: torch cannot use the GPU.
    """
    device = Device(kind)
    module = module_on(device, source)
    if source.allocation == DYNAMIC:
        return GrowingExecutable(source, device, module)

    def bind(placed: Tensors, read: Tensors, written: Tensors) -> Run:
        return partial(compute, module, source.signature, placed, read, written)

    return DeviceExecutable(source, device, bind)


def observe(source: EngineSource) -> Watched:
    """Return the engine, whose kernels PyTorch's profiler watches.

    Raises:
        EngineError: it cannot be loaded.
        UnavailableError: PyTorch was built without what sees kernels.
    """
    return watched_on_gpu(load(source))
