"""`aotinductor`: an ahead-of-time package by TorchInductor: C++ made from the traced program, weights inside.

One package serves every length from 1 up: `torch.export` takes the least length of an axis as declared, so 1 is not
compiled for itself. The package is executable code: it is loaded from the store alone, which has checked its digest.
What it names of the folder it was compiled in stands in messages only.
"""

from __future__ import annotations

from tempfile import TemporaryDirectory
from typing import Any

from josie_bench.backends import EngineJob, EngineSource
from josie_bench.backends._tensors import TensorExecutable, compiled_with, lacks
from josie_bench.errors import EngineError, UnavailableError

SUMMARY = "TorchInductor ahead of time: C++ on the CPU, in a package"
PRECISIONS = ("fp32", "fp16", "bf16")
NEEDS_MODEL = True
IMPORTS: tuple[str, ...] = ("torch", "torch._inductor.package")
GRAPHS: dict[str, str] = {}
CALIBRATED: tuple[str, ...] = ()
QUANTIZED: dict[str, str] = {}
TARGETS: tuple[str, ...] = ()
SLOTS = PRECISIONS
ENGINE_FILE = "engine.pt2"
OPTIONS: dict[str, Any] = {
    "cpp.dynamic_threads": True,  # else the builder's one thread is compiled in
    "aot_inductor.enable_line_tables": False,  # these name the folder that the compiler worked in
}


def unavailable() -> UnavailableError | None:
    """Return why nothing can be compiled here, or None."""
    return lacks()


def versions() -> dict[str, str]:
    """Return the versions of torch and the compiler, and which processor the code is for."""
    return compiled_with()


def build(job: EngineJob) -> None:
    """Write `engine.pt2`; the compiler works in a folder that is gone afterwards.

    Raises:
        EngineError: the component cannot be traced or compiled.
    """
    import torch
    from torch._inductor.exc import InductorError
    from torch._inductor.utils import fresh_cache

    program = job.program()
    try:
        with TemporaryDirectory() as scratch, fresh_cache(dir=scratch), torch.no_grad():
            torch._inductor.aoti_compile_and_package(
                program, package_path=str(job.folder / ENGINE_FILE), inductor_configs=OPTIONS
            )
    except (InductorError, RuntimeError) as error:
        reason = str(error).strip().splitlines()[0]
        raise EngineError(f"aotinductor cannot compile {job.component}: {reason}") from error


def load(source: EngineSource) -> TensorExecutable:
    """Return the package, ready to run.

    Raises:
        EngineError: torch cannot load it.
    """
    import torch

    assert source.folder is not None
    torch.set_num_threads(source.threads)
    file = source.folder / ENGINE_FILE
    try:
        package = torch._inductor.aoti_load_package(str(file))
    except RuntimeError as error:
        raise EngineError(f"{file}: torch cannot load it: {str(error).strip().splitlines()[0]}") from error
    return TensorExecutable(source, package)
