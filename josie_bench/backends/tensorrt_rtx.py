"""`tensorrt_rtx`: TensorRT-RTX, which compiles for a named GPU on a machine that has none.

Its wheel is on PyPI and holds the whole compiler, so this is also what holds the exported graphs against a parser of
NVIDIA's where nobody has a GPU. `load` refuses: execution was never written, because it could not be run.
"""

from __future__ import annotations

import importlib.util
from importlib.metadata import version
from typing import Any, NoReturn

from josie_bench.backends import EngineJob, EngineSource
from josie_bench.backends._cuda_driver import gpu_here
from josie_bench.backends._tensorrt import NOT_WRITTEN, build_plan, load_refusal
from josie_bench.errors import UnavailableError

SUMMARY = "TensorRT-RTX: engines for GPUs that need not be here; built, not run"
PRECISIONS = ("fp32", "fp16", "bf16", "int8", "fp8")
NEEDS_MODEL = False
IMPORTS: tuple[str, ...] = ("tensorrt_rtx",)
GRAPHS = {"fp32": "fp32", "fp16": "fp16", "bf16": "bf16", "int8": "fp32", "fp8": "fp32"}
CALIBRATED: tuple[str, ...] = ("int8", "fp8")
QUANTIZED = {"int8": "int8_qdq", "fp8": "fp8_qdq"}
TARGETS: tuple[str, ...] = ("sm75", "sm80", "sm86", "sm89", "sm120", "sm121")  # all that trt.ComputeCapability names
INSTALL = "pip install 'josie-bench[onnx,rtx]'"


def unavailable() -> UnavailableError | None:
    """Return why its engines cannot be run here: always, as running is not written; the message names what can be."""
    missing = cannot_build(TARGETS[0])
    if missing is not None:
        return missing
    here = gpu_here()
    if here is None:
        return UnavailableError(
            "no NVIDIA GPU here", mend="build for another with: josie-bench build SUITE --target sm80"
        )
    target = here if here in TARGETS else "sm80"
    return UnavailableError(
        f"{NOT_WRITTEN} (the GPU here is {here})", mend=f"build with: josie-bench build SUITE --target {target}"
    )


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

    return build_plan(trt, job, compute_capability=job.target.upper())


def load(source: EngineSource) -> NoReturn:
    """Refuse: no engine of this backend can be run yet.

    Raises:
        EngineError: always; it says what the engine was built for and what is here.
    """
    raise load_refusal(source.folder, gpu_here())
