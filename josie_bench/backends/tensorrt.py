"""`tensorrt`: TensorRT 10 or 11, which compiles for the GPU that is here. Never run, and never built, by its authors.

Each shape of input is captured as a CUDA graph.

Its wheel is not on PyPI (what is there fetches it from NVIDIA's own index), so of this only the code it shares with
`tensorrt_rtx` was ever exercised.
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

SUMMARY = "TensorRT 10 or 11: engines for the GPU that is here; never tried"
PRECISIONS = ("fp32", "fp16", "bf16", "int8", "fp8")
NEEDS_MODEL = False
ON_GPU = True
HAS_PROFILES = True
SLOTS = PRECISIONS  # ranges of int8 and fp8 are fixed beforehand, so that no row decides another's numbers
OPTIONS: tuple[str, ...] = ("refit", "version_compatible", "timing_cache", "typing")
IMPORTS: tuple[str, ...] = ("tensorrt",)
GRAPHS = {"fp32": "fp32", "fp16": "fp16", "bf16": "bf16", "int8": "fp32", "fp8": "fp32"}
CALIBRATED: tuple[str, ...] = ("int8", "fp8")
QUANTIZED = {"int8": "int8_qdq", "fp8": "fp8_qdq"}
TARGETS: tuple[str, ...] = ("sm75", "sm80", "sm86", "sm89", "sm90", "sm100", "sm120")  # whichever of them is here
INSTALL = "pip install 'tensorrt>=10'"  # its sdist fetches the wheel from NVIDIA


def unavailable() -> UnavailableError | None:
    """Return why its engines cannot be built and run here, or None; torch holds the memory that they run in."""
    return cannot_build(gpu_here() or TARGETS[0]) or lacks_gpu()


def target_here() -> str | None:
    """Return the GPU that is here."""
    return gpu_here()


def driver(target: str) -> str | None:
    """Return which CUDA the driver knows that compiles for the GPU here; None where there is none."""
    return driver_cuda()


def cannot_build(target: str) -> UnavailableError | None:
    """Return why it cannot build here for one of TARGETS, or None."""
    if importlib.util.find_spec("tensorrt") is None:
        return UnavailableError("tensorrt is not installed", mend=INSTALL)
    if importlib.util.find_spec("onnx") is None:
        return UnavailableError(
            "onnx, which writes the graphs for tensorrt, is not installed", mend="pip install 'josie-bench[onnx]'"
        )
    here = gpu_here()
    if here is None:
        return UnavailableError(
            "tensorrt compiles on the GPU it is for, and there is no NVIDIA GPU here",
            mend="--backend tensorrt_rtx needs none",
        )
    if here != target:
        return UnavailableError(f"tensorrt compiles on the GPU it is for, which here is {here}, not {target}")
    return None


def versions() -> dict[str, str]:
    """Return TensorRT's version."""
    return {"tensorrt": version("tensorrt")}


def build(job: EngineJob) -> dict[str, Any]:
    """Write `engine.plan` for the GPU that is here; return what is known of it.

    Raises:
        EngineError: the parser or the compiler refuses the graph.
    """
    import tensorrt as trt

    notes = build_plan(trt, job, compute_capability=None)
    return notes | {"compiled": read_layers(trt, job, gpu_here()).as_json()}


def load(source: EngineSource) -> DeviceExecutable:
    """Return the engine, ready to run, with the usual shapes captured.

    Raises:
        EngineError: it was built for another GPU, or TensorRT cannot load it.
    """
    assert source.folder is not None
    refuse_foreign(source.folder, gpu_here())
    import tensorrt as trt

    return load_plan(trt, source, Device())


def observe(source: EngineSource) -> Watched:
    """Return the engine, whose kernels PyTorch's profiler watches.

    Raises:
        EngineError: it cannot be loaded.
        UnavailableError: PyTorch was built without what sees kernels.
    """
    return watched_on_gpu(load(source))
