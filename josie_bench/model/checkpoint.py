"""Weights in files: published checkpoints into our layout, and our own files into a model. Safetensors, never a pickle.

Our file holds parameters under their names in the model and says in its metadata what it is and where it came from.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from josie_bench.errors import OutputError, WeightsError
from josie_bench.model.published import Rule
from josie_bench.model.sizes import CodecSizes, ModelSizes
from josie_bench.model.weights import Model, build_meta_model
from josie_bench.plugins import find_member, member_names

FORMAT = "josie-bench/weights.v1"
READABLE = ("F64", "F32", "F16", "BF16")  # safetensors' names of the types that hold plain numbers
PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl")
MOST_NAMED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What an import found.

    Attributes:
        layout: the published layout's name.
        tensors: our parameters by name, in the type they were published in.
        files: the files they came from.
    """

    layout: str
    tensors: dict[str, Tensor]
    files: tuple[Path, ...]


class PublishedTensors:
    """The tensors of one or several safetensors files, read when asked for.

    Raises:
        WeightsError: a file is no whole safetensors file.
    """

    def __init__(self, files: Sequence[Path]) -> None:
        self._file_of: dict[str, Path] = {}
        for file in files:
            with _opened(file) as reader:
                self._file_of |= dict.fromkeys(reader.keys(), file)

    @property
    def names(self) -> frozenset[str]:
        """All keys."""
        return frozenset(self._file_of)

    def read(self, key: str) -> Tensor:
        """Return one tensor.

        Raises:
            WeightsError: it holds no plain floating-point numbers, or some that are not finite.
        """
        file = self._file_of[key]
        with _opened(file) as reader:
            kind = reader.get_slice(key).get_dtype()
            if kind not in READABLE:
                wanted = ", ".join(READABLE)
                raise WeightsError(f"{file}: {key} is of type {kind}, not one of {wanted}: take unquantised weights")
            tensor: Tensor = reader.get_tensor(key)
        if not bool(torch.isfinite(tensor).all()):
            raise WeightsError(f"{file}: {key} holds NaN or infinity: the file is damaged, fetch it again")
        return tensor


def import_published(files: Sequence[Path], sizes: ModelSizes | CodecSizes) -> Imported:
    """Return our parameters made from a published checkpoint.

    Raises:
        WeightsError: the layout is not known or is another preset's; keys are missing, unexpected or mis-shaped; a
            tensor cannot be used.
    """
    source = PublishedTensors(files)
    name, layout = _find_layout(source.names, files[0], sizes)
    rules: tuple[Rule, ...] = layout.rules(sizes)
    wanted = {key for rule in rules for key in rule.theirs}
    missing = sorted(wanted - source.names)
    ignored = re.compile(layout.IGNORED)
    unexpected = sorted(key for key in source.names - wanted if not ignored.fullmatch(key))
    shapes = {ours: tuple(parameter.shape) for ours, parameter in build_meta_model(sizes).named_parameters()}
    tensors: dict[str, Tensor] = {}
    misshaped: list[str] = []
    for rule in rules:
        if set(rule.theirs) & set(missing):
            continue
        parts = [source.read(key) for key in rule.theirs]
        made = _made(rule, parts)
        if made is None or tuple(made.shape) != shapes[rule.ours]:
            found = " and ".join(f"{key} {list(part.shape)}" for key, part in zip(rule.theirs, parts, strict=True))
            misshaped.append(f"{found} for {rule.ours} {list(shapes[rule.ours])}")
            continue
        tensors[rule.ours] = made.contiguous()
    faults = [("missing", missing), ("unexpected", unexpected), ("mis-shaped", misshaped)]
    if any(keys for _, keys in faults):
        told = "; ".join(f"{len(keys)} {kind} ({_some(keys)})" for kind, keys in faults if keys)
        raise WeightsError(f"{files[0]}: not the {name} checkpoint of preset {sizes.name}: {told}")
    return Imported(layout=name, tensors=tensors, files=tuple(files))


def _made(rule: Rule, parts: Sequence[Tensor]) -> Tensor | None:
    """Return the rule's tensor, or None where the parts' shapes do not allow it."""
    try:
        return rule.make(*parts)
    except (RuntimeError, IndexError):
        return None


def _find_layout(keys: frozenset[str], file: Path, sizes: ModelSizes | CodecSizes) -> tuple[str, ModuleType]:
    members = {name: find_member("model.published", name) for name in member_names("model.published")}
    # The vision tower is published beside a language model: the layout that fills less is asked first.
    found = [name for name, member in sorted(members.items(), reverse=True) if member.MARK in keys]
    if not found:
        known = ", ".join(f"{name} (has {member.MARK})" for name, member in members.items())
        raise WeightsError(f"{file}: no known layout: {known}")
    name = found[0]
    if sizes.name not in members[name].PRESETS:
        into = ", ".join(members[name].PRESETS)
        raise WeightsError(f"{file}: holds {members[name].SUMMARY}, which fits preset {into}, not {sizes.name}")
    return name, members[name]


def _some(keys: Sequence[str]) -> str:
    more = f", and {len(keys) - MOST_NAMED} more" if len(keys) > MOST_NAMED else ""
    return ", ".join(keys[:MOST_NAMED]) + more


def save_weights(file: Path, tensors: Mapping[str, Tensor], *, preset: str, source: str) -> None:
    """Write our parameters to `file` in one step.

    Raises:
        OutputError: it cannot be written.
    """
    metadata = {"format": FORMAT, "preset": preset, "source": source}
    partial = file.with_name(f".{file.name}.partial")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        save_file(dict(tensors), str(partial), metadata=metadata)
        partial.replace(file)
    except (OSError, SafetensorError) as error:
        raise OutputError(f"{file}: cannot write the weights: {getattr(error, 'strerror', None) or error}") from error
    finally:
        partial.unlink(missing_ok=True)


def load_weights(model: Model, file: Path) -> frozenset[str]:
    """Copy the parameters of one of our files into `model`; return the names of the components it filled.

    Raises:
        WeightsError: it is no such file, is another preset's, or a tensor does not fit.
    """
    preset = file_preset(file)
    if preset != model.sizes.name:
        raise WeightsError(f"{file}: weights of preset {preset}, not of {model.sizes.name}")
    source = PublishedTensors([file])
    parameters = dict(model.named_parameters())
    with torch.no_grad():
        for name in sorted(source.names):
            tensor = source.read(name)
            if name not in parameters or parameters[name].shape != tensor.shape:
                place = f"{list(parameters[name].shape)}" if name in parameters else "no such parameter"
                raise WeightsError(f"{file}: {name} {list(tensor.shape)} does not fit the model: {place}")
            parameters[name].copy_(tensor)
    return frozenset(name.partition(".")[0] for name in source.names)


def file_preset(file: Path) -> str:
    """Return the preset that one of our files holds weights of.

    Raises:
        WeightsError: it is no such file.
    """
    with _opened(file) as reader:
        metadata = reader.metadata() or {}
    if metadata.get("format") != FORMAT:
        raise WeightsError(f"{file}: not a file of josie-bench's: bring it in with josie-bench weights import {file}")
    return str(metadata["preset"])


@contextmanager
def _opened(file: Path) -> Iterator[Any]:
    """Give a reader of the file.

    Raises:
        WeightsError: it is not there, is a pickle, or is no whole safetensors file.
    """
    if file.suffix in PICKLES:
        raise WeightsError(f"{file}: a pickle can run code and is never read: take the .safetensors file")
    try:
        with safe_open(str(file), framework="pt") as reader:
            yield reader
    except OSError as error:
        raise WeightsError(f"{file}: cannot be read: {error.strerror or error}") from error
    except SafetensorError as error:
        raise WeightsError(f"{file}: not a whole safetensors file ({error}): fetch it again") from error
