"""Reading safetensors files from anywhere: nothing in them is trusted, and what is wrong is one line."""

from __future__ import annotations

import hashlib
import math
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from josie_bench.errors import WeightsError

TYPES = {"F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}
PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle")
MOST_NAMED = 3
LONGEST_NAME = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class TensorHeader:
    """What a file's header says of one tensor.

    Attributes:
        file: it lies in.
        type_name: safetensors' name of its type.
        shape: its shape.
    """

    file: Path
    type_name: str
    shape: tuple[int, ...]

    @property
    def number_count(self) -> int:
        """How many numbers it holds."""
        return math.prod(self.shape)


class TensorFiles:
    """The tensors of one or several safetensors files: all headers at once, numbers when asked for.

    Attributes:
        headers: by the tensor's key.

    Raises:
        WeightsError: a file is no whole safetensors file, or two hold one key.
    """

    def __init__(self, files: Sequence[Path]) -> None:
        self.headers: dict[str, TensorHeader] = {}
        for file in files:
            with opened(file) as reader:
                found = {key: reader.get_slice(key) for key in reader.keys()}  # noqa: SIM118  it is no dict
                for key, part in found.items():
                    if key in self.headers:
                        other = self.headers[key].file
                        raise WeightsError(f"{file}: holds {shown(key)}, as does {other}: name the one file to take")
                    shape = tuple(part.get_shape())
                    self.headers[key] = TensorHeader(file=file, type_name=part.get_dtype(), shape=shape)

    def outline(self, key: str) -> Tensor:
        """Return a tensor of this shape and type on the meta device, which holds no numbers.

        Raises:
            WeightsError: its type holds no plain floating-point numbers.
        """
        header = self.headers[key]
        if header.type_name not in TYPES:
            raise WeightsError(
                f"{header.file}: {shown(key)} is of type {header.type_name}, not one of {', '.join(TYPES)}: "
                "take unquantised weights"
            )
        return torch.empty(header.shape, dtype=TYPES[header.type_name], device="meta")

    def read(self, key: str) -> Tensor:
        """Return one tensor.

        Raises:
            WeightsError: it holds no plain floating-point numbers, or some that are not finite.
        """
        self.outline(key)
        file = self.headers[key].file
        with opened(file) as reader:
            tensor: Tensor = reader.get_tensor(key)
        if not is_finite(tensor):
            raise WeightsError(f"{file}: {shown(key)} holds NaN or infinity: the file is damaged, fetch it again")
        return tensor


def is_finite(tensor: Tensor) -> bool:
    """Return whether every number is finite, also once it is a float32."""
    return bool(torch.isfinite(tensor.float() if tensor.dtype == torch.float64 else tensor).all())


@contextmanager
def opened(file: Path) -> Iterator[Any]:
    """Give safetensors' reader of the file.

    Raises:
        WeightsError: it is not there, is a pickle, or is no whole safetensors file.
    """
    if file.suffix.lower() in PICKLES:
        raise WeightsError(f"{file}: a pickle can run code and is never read: take the .safetensors file")
    try:
        if not stat.S_ISREG(file.stat().st_mode):  # a pipe would wait for ever
            raise WeightsError(f"{file}: not a file: name a .safetensors file")
        with safe_open(str(file), framework="pt") as reader:
            yield reader
    except OSError as error:
        raise WeightsError(f"{file}: cannot be read: {error.strerror or error}") from error
    except SafetensorError as error:
        raise WeightsError(f"{file}: not a whole safetensors file ({error}): fetch it again") from error


def file_sha256(file: Path) -> str:
    """Return the sha256 (hex) of the file's content.

    Raises:
        WeightsError: it cannot be read.
    """
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise WeightsError(f"{file}: cannot be read: {error.strerror or error}") from error


def shown(key: str) -> str:
    """Return a tensor's key as one short line; a file may hold any string."""
    line = key if key.isprintable() and key else ascii(key)
    return line if len(line) <= LONGEST_NAME else f"{line[:LONGEST_NAME]}…"


def some(names: Sequence[str]) -> str:
    """Return the first three names, and how many more there are."""
    more = f", and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more
