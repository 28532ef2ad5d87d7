"""Reading safetensors files from anywhere: nothing in them is trusted, and what is wrong is one line."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from josie_bench.errors import WeightsError
from josie_bench.model.safetensors_reader import opened

TYPES = {"F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16}
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
        with opened(file, framework="pt") as reader:
            tensor: Tensor = reader.get_tensor(key)
        if not is_finite(tensor):
            raise WeightsError(f"{file}: {shown(key)} holds NaN or infinity: the file is damaged, fetch it again")
        return tensor


def is_finite(tensor: Tensor) -> bool:
    """Return whether every number is finite, also once it is a float32."""
    return bool(torch.isfinite(tensor.float() if tensor.dtype == torch.float64 else tensor).all())


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
