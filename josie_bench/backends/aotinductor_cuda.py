"""`aotinductor_cuda`: a package by TorchInductor for the GPU that is here, captured as CUDA graphs.

Triton's kernels are compiled when the package is built, and a graph is captured for each shape of input as for
`cuda_graph`. Written without a GPU, and never built or run on one.

FP32 is FP32: TF32, which PyTorch lets convolutions use, is off.
"""

from __future__ import annotations

import importlib.util
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from josie_bench.backends import EngineJob, EngineSource
from josie_bench.backends._cuda_driver import driver_cuda, gpu_here
from josie_bench.backends._device import GPU, Device, lacks_gpu, torch_versions
from josie_bench.backends._graphs import GraphExecutable, captured
from josie_bench.backends._package import open_package, write_package
from josie_bench.backends._tensorrt_runtime import refuse_foreign
from josie_bench.backends._tensors import compiled_with, lacks
from josie_bench.backends._torch_profile import watched_on_gpu
from josie_bench.backends._watched import Watched
from josie_bench.errors import UnavailableError

SUMMARY = "TorchInductor ahead of time for the GPU that is here, captured as CUDA graphs; never run by its authors"
PRECISIONS = ("fp32", "fp16", "bf16")
NEEDS_MODEL = True
ON_GPU = True
IMPORTS: tuple[str, ...] = ("torch", "torch._inductor.package")
GRAPHS: dict[str, str] = {}
CALIBRATED: tuple[str, ...] = ()
QUANTIZED: dict[str, str] = {}
TARGETS: tuple[str, ...] = ("sm75", "sm80", "sm86", "sm89", "sm90", "sm100", "sm120")  # whichever of them is here
SLOTS = PRECISIONS
FUSES = True


def unavailable() -> UnavailableError | None:
    """Return why nothing can be compiled or run on a GPU here, or None."""
    if (reason := lacks_gpu() or lacks()) is not None:
        return reason
    if importlib.util.find_spec("triton") is None:
        return UnavailableError(
            "triton, which compiles TorchInductor's kernels, is not installed", mend="pip install triton"
        )
    return None


def target_here() -> str | None:
    """Return the GPU that is here."""
    return gpu_here()


def driver(target: str) -> str | None:
    """Return which CUDA the driver knows that compiles for the GPU here; None where there is none."""
    return driver_cuda()


def cannot_build(target: str) -> UnavailableError | None:
    """Return why it cannot build here for one of TARGETS, or None."""
    reason, here = unavailable(), gpu_here()
    if reason is None and here != target:
        return UnavailableError(f"aotinductor_cuda compiles on the GPU it is for, which here is {here}, not {target}")
    return reason


def versions() -> dict[str, str]:
    """Return the versions of PyTorch, its CUDA and both compilers, and which processor the host's part is for."""
    return torch_versions() | compiled_with() | {"triton": _triton_version()}


def _triton_version() -> str:
    try:
        return version("triton")
    except PackageNotFoundError:
        return "absent"


def build(job: EngineJob, kind: str = GPU) -> dict[str, Any]:
    """Write `engine.pt2` for the GPU that is here; return what it is for.

    Raises:
        EngineError: torch cannot use the GPU, or the component cannot be traced or compiled.
    """
    from torch.export.passes import move_to_device_pass

    Device(kind)  # says what FP32 is before anything is compiled
    what = f"aotinductor_cuda cannot compile {job.component} {job.precision}"
    write_package(move_to_device_pass(job.program(), kind), job.folder, what, {})
    return {"target": job.target, "tf32": False}


def load(source: EngineSource, kind: str = GPU) -> GraphExecutable:
    """Return the package with the usual shapes captured.

    Raises:
        EngineError: it was built for another GPU, or torch cannot load it or use the GPU.
    """
    assert source.folder is not None
    refuse_foreign(source.folder, gpu_here())
    import torch

    torch.set_num_threads(source.threads)
    device, package = Device(kind), open_package(source.folder, is_alone=True)
    return captured(source, device, package)


def observe(source: EngineSource) -> Watched:
    """Return the engine, whose kernels PyTorch's profiler watches.

    Raises:
        EngineError: it cannot be loaded.
        UnavailableError: PyTorch was built without what sees kernels.
    """
    return watched_on_gpu(load(source))
