"""`cuda_graph`: the PyTorch component on the GPU as CUDA graphs. Written without a GPU, and never run on one.

One graph is captured for each shape of input and each of the two sets of state: the usual shapes of all windows when
the component is loaded, any other when it first comes. Shapes that were not used for long make room for others.

FP32 is FP32: TF32, which PyTorch lets convolutions use, is off.
"""

from __future__ import annotations

from typing import Any

from josie_bench.backends import EngineJob, EngineSource
from josie_bench.backends._device import Device, lacks_gpu, torch_versions
from josie_bench.backends._graphs import GraphExecutable, captured, module_on
from josie_bench.backends._torch_profile import watched_on_gpu
from josie_bench.backends._watched import Watched
from josie_bench.errors import UnavailableError

SUMMARY = "the PyTorch reference on the GPU, captured as CUDA graphs; never run by its authors"
PRECISIONS = ("fp32", "fp16", "bf16")
NEEDS_MODEL = True
ON_GPU = True
IMPORTS: tuple[str, ...] = ("torch",)
GRAPHS: dict[str, str] = {}
CALIBRATED: tuple[str, ...] = ()
QUANTIZED: dict[str, str] = {}
TARGETS: tuple[str, ...] = ()
SLOTS = PRECISIONS
FUSES = True


def unavailable() -> UnavailableError | None:
    """Return why PyTorch cannot compute on a GPU here, or None."""
    return lacks_gpu()


def versions() -> dict[str, str]:
    """Return the versions of PyTorch and of its CUDA."""
    return torch_versions()


def build(job: EngineJob) -> dict[str, Any]:
    """Write nothing: the component is made from its sizes and seed. Note what FP32 is computed in."""
    return {"tf32": False}


def load(source: EngineSource, kind: str = "cuda") -> GraphExecutable:
    """Return the component with the usual shapes captured.

    Raises:
        EngineError: torch cannot use the GPU.
    """
    device = Device(kind)
    module = module_on(device, source)
    return captured(source, device, module)


def observe(source: EngineSource) -> Watched:
    """Return the engine, whose kernels PyTorch's profiler watches.

    Raises:
        EngineError: it cannot be loaded.
        UnavailableError: PyTorch was built without what sees kernels.
    """
    return watched_on_gpu(load(source))
