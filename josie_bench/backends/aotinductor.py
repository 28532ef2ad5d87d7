"""`aotinductor`: an ahead-of-time package by TorchInductor: C++ made from the traced program, weights inside."""

from __future__ import annotations

from typing import Any

from josie_bench.backends import EngineJob, EngineSource
from josie_bench.backends._package import open_package, write_package
from josie_bench.backends._tensors import TensorExecutable, compiled_with, lacks
from josie_bench.errors import UnavailableError

SUMMARY = "TorchInductor ahead of time: C++ on the CPU, in a package"
PRECISIONS = ("fp32", "fp16", "bf16")
NEEDS_MODEL = True
IMPORTS: tuple[str, ...] = ("torch", "torch._inductor.package")
GRAPHS: dict[str, str] = {}
CALIBRATED: tuple[str, ...] = ()
QUANTIZED: dict[str, str] = {}
TARGETS: tuple[str, ...] = ()
SLOTS = PRECISIONS
INDUCTOR: dict[str, Any] = {"cpp.dynamic_threads": True}  # else the builder's one thread is compiled in


def unavailable() -> UnavailableError | None:
    """Return why nothing can be compiled here, or None."""
    return lacks()


def versions() -> dict[str, str]:
    """Return the versions of torch and the compiler, and which processor the code is for."""
    return compiled_with()


def build(job: EngineJob) -> None:
    """Write `engine.pt2`.

    Raises:
        EngineError: the component cannot be traced or compiled.
    """
    write_package(job.program(), job.folder, f"aotinductor cannot compile {job.component}", INDUCTOR)


def load(source: EngineSource) -> TensorExecutable:
    """Return the package, ready to run.

    Raises:
        EngineError: torch cannot load it.
    """
    import torch

    assert source.folder is not None
    torch.set_num_threads(source.threads)
    return TensorExecutable(source, open_package(source.folder))
