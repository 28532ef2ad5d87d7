"""`tensorrt_rtx`: TensorRT-RTX, which compiles for a named GPU on a machine that has none.

Its wheel is on PyPI and holds the whole compiler, so this is also what holds the exported graphs against a parser of
NVIDIA's where nobody has a GPU. Running was written without one and never tried. It captures
CUDA graphs by itself.
"""

from __future__ import annotations

import importlib.util
from importlib.metadata import version
from typing import Any

from josie_bench.backends import EngineJob, EngineSource
from josie_bench.backends._cuda_driver import driver_cuda, gpu_here
from josie_bench.backends._device import Device, DeviceExecutable, lacks_gpu
from josie_bench.backends._tensorrt import build_plan
from josie_bench.backends._tensorrt_layers import read_layers
from josie_bench.backends._tensorrt_runtime import load_plan, refuse_foreign
from josie_bench.backends._torch_profile import watched_on_gpu
from josie_bench.backends._watched import Watched
from josie_bench.errors import UnavailableError

SUMMARY = "TensorRT-RTX: engines for GPUs that need not be here; never run by its authors"
PRECISIONS = ("fp32", "fp16", "bf16", "int8", "fp8")
NEEDS_MODEL = False
ON_GPU = True
HAS_PROFILES = True
SLOTS = PRECISIONS  # ranges of int8 and fp8 are fixed beforehand, so that no row decides another's numbers
OPTIONS: tuple[str, ...] = ("refit", "version_compatible")  # it times no kernels and knows no weak typing
IMPORTS: tuple[str, ...] = ("tensorrt_rtx",)
GRAPHS = {"fp32": "fp32", "fp16": "fp16", "bf16": "bf16", "int8": "fp32", "fp8": "fp32"}
CALIBRATED: tuple[str, ...] = ("int8", "fp8")
QUANTIZED = {"int8": "int8_qdq", "fp8": "fp8_qdq"}
TARGETS: tuple[str, ...] = ("sm75", "sm80", "sm86", "sm89", "sm120", "sm121")  # all that trt.ComputeCapability names
INSTALL = "pip install 'josie-bench[onnx,rtx]'"


def unavailable() -> UnavailableError | None:
    """Return why its engines cannot be run here, or None; torch holds the memory that they run in.

    A GPU that is none of TARGETS is tried too: what the library says then is what there is to know.
    """
    missing = cannot_build(TARGETS[0])
    if missing is None and gpu_here() is None:
        return UnavailableError(
            "no NVIDIA GPU here", mend="build for another with: josie-bench build SUITE --target sm80"
        )
    return missing or lacks_gpu()


def target_here() -> str | None:
    """Return the GPU that is here."""
    return gpu_here()


def driver(target: str) -> str | None:
    """Return which CUDA the driver knows where it compiles for the GPU here; None for GPUs that it knows by name.

    Engines for these are the same wherever they are built.
    """
    return None if target in TARGETS else driver_cuda()


def cannot_build(target: str) -> UnavailableError | None:
    """Return why it cannot build here for one of TARGETS, or None; no GPU is needed."""
    if importlib.util.find_spec("tensorrt_rtx") is None:
        return UnavailableError("tensorrt_rtx is not installed", mend=INSTALL)
    if importlib.util.find_spec("onnx") is None:
        return UnavailableError("onnx, which writes the graphs for tensorrt_rtx, is not installed", mend=INSTALL)
    return None


def versions() -> dict[str, str]:
    """Return TensorRT-RTX's version."""
    return {"tensorrt_rtx": version("tensorrt_rtx")}


def build(job: EngineJob) -> dict[str, Any]:
    """Write `engine.plan` for the job's target; return what is known of it.

    Raises:
        EngineError: the parser or the compiler refuses the graph.
    """
    import tensorrt_rtx as trt

    named = job.target.upper() if job.target in TARGETS else "CURRENT"
    notes = build_plan(trt, job, compute_capability=named)
    return notes | {"compiled": read_layers(trt, job, gpu_here()).as_json()}


def load(source: EngineSource) -> DeviceExecutable:
    """Return the engine, ready to run, with the usual shapes compiled.

    Raises:
        EngineError: it was built for another GPU, or TensorRT-RTX cannot load it.
    """
    assert source.folder is not None
    refuse_foreign(source.folder, gpu_here())
    import tensorrt_rtx as trt

    return load_plan(trt, source, Device())


def observe(source: EngineSource) -> Watched:
    """Return the engine, whose kernels PyTorch's profiler watches.

    Raises:
        EngineError: it cannot be loaded.
        UnavailableError: PyTorch was built without what sees kernels.
    """
    return watched_on_gpu(load(source))
