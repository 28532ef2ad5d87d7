"""Safetensors' reader of a file that is not trusted: pickles and damaged files are refused in one line. No torch."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from safetensors import SafetensorError, safe_open

from josie_bench.errors import WeightsError

PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle")


@contextmanager
def opened(file: Path, *, framework: Literal["np", "pt"] = "np") -> Iterator[Any]:
    """Give safetensors' reader of the file.

    Args:
        file: from anywhere.
        framework: whose tensors it gives; its header can be read without torch.

    Raises:
        WeightsError: it is not there, is a pickle, or is no whole safetensors file.
    """
    if file.suffix.lower() in PICKLES:
        raise WeightsError(f"{file}: a pickle can run code and is never read: take the .safetensors file")
    try:
        if not stat.S_ISREG(file.stat().st_mode):  # a pipe would wait for ever
            raise WeightsError(f"{file}: not a file: name a .safetensors file")
        with safe_open(str(file), framework=framework) as reader:
            yield reader
    except OSError as error:
        raise WeightsError(f"{file}: cannot be read: {error.strerror or error}") from error
    except SafetensorError as error:
        raise WeightsError(f"{file}: not a whole safetensors file ({error}): fetch it again") from error
