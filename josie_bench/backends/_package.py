"""Packages of TorchInductor: made ahead of time from a traced program, weights inside.

One package serves every length from 1 up: `torch.export` takes the least length of an axis as declared, so 1 is not
compiled for itself. A package is executable code: it is loaded from the store alone, which has checked its digest.
What it names of the folder it was compiled in stands in messages only.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from josie_bench.backends._tensors import COMPILER
from josie_bench.errors import EngineError

ENGINE_FILE = "engine.pt2"
OPTIONS: Mapping[str, Any] = {
    "aot_inductor.enable_line_tables": False,  # these name the folder that was worked in
    "cpp.cxx": (None, COMPILER),  # whose version is in the engine's key, whatever CXX says
}


def write_package(program: Any, folder: Path, what: str, options: Mapping[str, Any]) -> None:
    """Write `engine.pt2` of a `torch.export` program; the compiler works in a folder that is gone afterwards.

    Args:
        program: on the device that it is for.
        folder: where it is written.
        what: cannot be compiled, as an error says it.
        options: of Inductor, beside OPTIONS.

    Raises:
        EngineError: it cannot be compiled.
    """
    import torch
    from torch._inductor.exc import InductorError
    from torch._inductor.utils import fresh_cache

    try:
        with TemporaryDirectory() as scratch, fresh_cache(dir=scratch), torch.no_grad():
            torch._inductor.aoti_compile_and_package(
                program, package_path=str(folder / ENGINE_FILE), inductor_configs={**OPTIONS, **options}
            )
    except (InductorError, RuntimeError) as error:
        raise EngineError(f"{what}: {str(error).strip().splitlines()[0]}") from error


def open_package(folder: Path, *, is_alone: bool = False) -> Any:
    """Return the package in a folder as a function of tensors.

    Args:
        folder: of the engine.
        is_alone: promises that one thread at a time calls it; it can be captured as a CUDA graph then.

    Raises:
        EngineError: torch cannot load it.
    """
    import torch

    file = folder / ENGINE_FILE
    try:
        return torch._inductor.aoti_load_package(str(file), run_single_threaded=is_alone)
    except RuntimeError as error:
        raise EngineError(f"{file}: torch cannot load it: {str(error).strip().splitlines()[0]}") from error
