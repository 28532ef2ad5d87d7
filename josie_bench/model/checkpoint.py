"""Weights in files: published checkpoints into our layout, and our own files into a model. Safetensors, never a pickle.

Our file holds parameters under their names in the model and says in its metadata what it is and where it came from.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from types import ModuleType

import torch
from safetensors import SafetensorError
from safetensors.torch import save_file
from torch import Tensor

from josie_bench.errors import OutputError, WeightsError
from josie_bench.model.label import FORMAT, METADATA_KEY, Label, read_label
from josie_bench.model.presets import CODECS, PRESETS, switched_off
from josie_bench.model.published import Rule
from josie_bench.model.sizes import CodecSizes, ModelSizes
from josie_bench.model.tensor_files import TensorFiles, file_sha256, is_finite, shown, some
from josie_bench.model.weights import Model, build_meta_model
from josie_bench.plugins import find_member, member_names

QUANTISED = re.compile(r".*\.(qweight|qzeros|scales|weight_scale(_inv)?|weight_packed|SCB|absmax)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What an import found.

    Attributes:
        layout: the published layout's name.
        tensors: our parameters by name, in the type they were published in.
        files: sha256 of each file they came from, by its name.
    """

    layout: str
    tensors: dict[str, Tensor]
    files: dict[str, str]


def published_layouts() -> dict[str, ModuleType]:
    """Return the members of `model.published` by name."""
    return {name: find_member("model.published", name) for name in member_names("model.published")}


def require_layout(preset: str) -> None:
    """Make sure that something is published for the preset.

    Raises:
        WeightsError: nothing is; the message says what is published for which.
    """
    takers: dict[str, list[str]] = {}
    for name, layout in published_layouts().items():
        for taker in layout.PRESETS:
            takers.setdefault(taker, []).append(name)
    if preset not in takers:
        known = "; ".join(f"{taker} takes {', '.join(names)}" for taker, names in sorted(takers.items()))
        raise WeightsError(f"no published weights fit preset {preset}: {known}")


def import_published(files: Sequence[Path], sizes: ModelSizes | CodecSizes) -> Imported:
    """Return our parameters made from a published checkpoint; all is checked by the headers before numbers are read.

    Raises:
        WeightsError: the layout is not known or is another preset's; keys are missing, unexpected or mis-shaped; a
            tensor cannot be used.
    """
    place = files[0] if len(files) == 1 else files[0].parent
    source = TensorFiles(files)
    name, layout = _find_layout(source.headers.keys(), place, sizes.name)
    keys = _respelt(source.headers.keys(), layout, place)
    rules: tuple[Rule, ...] = layout.rules(sizes)
    faults = _faults(rules, keys, source, layout, sizes)
    if any(faults.values()):
        told = "; ".join(f"{len(found)} {kind} ({some(found)})" for kind, found in faults.items() if found)
        mend = f"take {layout.SUMMARY}, whole"
        raise WeightsError(f"{place}: not the {name} checkpoint of preset {sizes.name}: {told}: {mend}")
    tensors: dict[str, Tensor] = {}
    for rule in rules:
        made = rule.make(*(source.read(keys[key]) for key in rule.theirs)).contiguous()
        if not is_finite(made):
            raise WeightsError(f"{place}: {rule.ours} made of {some(rule.theirs)} overflows: fetch the file again")
        tensors[rule.ours] = made
    used = sorted({source.headers[keys[key]].file for rule in rules for key in rule.theirs})
    return Imported(layout=name, tensors=tensors, files={file.name: file_sha256(file) for file in used})


def _faults(
    rules: Sequence[Rule],
    keys: Mapping[str, str],
    source: TensorFiles,
    layout: ModuleType,
    sizes: ModelSizes | CodecSizes,
) -> dict[str, list[str]]:
    """Return what of the checkpoint is missing, unexpected or mis-shaped."""
    wanted = {key for rule in rules for key in rule.theirs}
    missing = wanted - keys.keys()
    ignored = re.compile(layout.IGNORED)
    unexpected = sorted(shown(keys[key]) for key in keys.keys() - wanted if not ignored.fullmatch(key))
    shapes = {ours: parameter.shape for ours, parameter in build_meta_model(sizes).named_parameters()}
    misshaped: list[str] = []
    for rule in rules:
        if missing.intersection(rule.theirs):
            continue
        parts = [source.outline(keys[key]) for key in rule.theirs]
        made = _outline_of(rule, parts)
        if made is None or made.shape != shapes[rule.ours]:
            first_of: dict[torch.Size, str] = {}
            for key, part in zip(rule.theirs, parts, strict=True):
                first_of.setdefault(part.shape, key)
            found = " and ".join(f"{key} {list(shape)}" for shape, key in first_of.items())
            misshaped.append(f"{found} for {rule.ours} {list(shapes[rule.ours])}")
    return {"missing": sorted(missing), "unexpected": unexpected, "mis-shaped": misshaped}


def _outline_of(rule: Rule, parts: Sequence[Tensor]) -> Tensor | None:
    """Return what the rule makes of tensors without numbers, or None where their shapes do not allow it."""
    try:
        return rule.make(*parts)
    except (RuntimeError, IndexError):
        return None


def _find_layout(keys: Iterable[str], place: Path, preset: str) -> tuple[str, ModuleType]:
    names = frozenset(keys)
    members = published_layouts()
    found = {name: member for name, member in members.items() if member.MARK in _respelt(names, member, place)}
    # The vision tower is published beside a language model, which its layout ignores: then the tower is meant.
    beside = {
        name
        for name, member in found.items()
        if any(re.fullmatch(other.IGNORED, member.MARK) for other in found.values() if other is not member)
    }
    found = {name: member for name, member in found.items() if name not in beside}
    if not found:
        if any(QUANTISED.fullmatch(key) for key in names):
            raise WeightsError(f"{place}: holds quantised weights: take the unquantised ones")
        known = ", ".join(f"{name} (has {member.MARK})" for name, member in members.items())
        raise WeightsError(f"{place}: no known layout; known are {known}")
    if len(found) > 1:
        raise WeightsError(f"{place}: holds several checkpoints ({', '.join(found)}): name the one file to take")
    name, member = found.popitem()
    if preset not in member.PRESETS:
        into = " or ".join(member.PRESETS)
        mend = f"give --preset {into}"
        raise WeightsError(f"{place}: holds {member.SUMMARY}, which fits preset {into}, not {preset}: {mend}")
    return name, member


def _respelt(keys: Iterable[str], layout: ModuleType, place: Path) -> dict[str, str]:
    """Return the file's keys by the spelling that the layout's rules use.

    Raises:
        WeightsError: two keys are spellings of one.
    """
    found: dict[str, str] = {}
    for key in keys:
        name = key
        for pattern, replacement in layout.RESPELT:
            name = re.sub(pattern, replacement, name)
        if name in found:
            twice = some(sorted((shown(key), shown(found[name]))))
            raise WeightsError(f"{place}: holds one tensor under two names ({twice}): fetch the checkpoint again")
        found[name] = key
    return found


def counts_by_component(counts: Mapping[str, int]) -> dict[str, int]:
    """Return how many numbers each component has, from those of its parameters; a shared one counts where it is named.

    >>> counts_by_component({"audio_encoder.a": 2, "audio_encoder.b": 3})
    {'audio_encoder': 5}
    """
    found: Counter[str] = Counter()
    for name, count in counts.items():
        found[name.partition(".")[0]] += count
    return dict(found)


def preset_counts(preset: str) -> dict[str, int]:
    """Return how many parameters each component of a preset has."""
    sizes: ModelSizes | CodecSizes = (PRESETS | CODECS)[preset]
    return counts_by_component({name: part.numel() for name, part in build_meta_model(sizes).named_parameters()})


def save_weights(file: Path, tensors: Mapping[str, Tensor], label: Label) -> None:
    """Write our parameters to `file` in one step; the same ones give the same bytes.

    Raises:
        OutputError: it cannot be written.
    """
    told = {name: value for name, value in asdict(label).items() if value or name != "ablate"}
    metadata = {METADATA_KEY: json.dumps({"format": FORMAT, **told}, sort_keys=True)}
    partial = file.with_name(f".{file.name}.partial")
    try:
        if file.is_dir():
            raise OutputError(f"{file}: cannot write the weights: it is a folder: name a file in it")
        file.parent.mkdir(parents=True, exist_ok=True)
        save_file(dict(tensors), str(partial), metadata=metadata)
        partial.replace(file)
    except (OSError, SafetensorError) as error:
        raise OutputError(f"{file}: cannot write the weights: {getattr(error, 'strerror', None) or error}") from error
    finally:
        with suppress(OSError):
            partial.unlink()


def require_fit(sizes: ModelSizes | CodecSizes, file: Path) -> None:
    """Make sure that `load_weights` takes one of our files; every number in it is read.

    Raises:
        WeightsError: as `load_weights` does.
    """
    source = _fitting(build_meta_model(sizes), file)
    for name in source.headers:
        source.read(name)


def load_weights(model: Model, file: Path, *, leave: Collection[str] = ()) -> frozenset[str]:
    """Copy the parameters of one of our files into `model`; return the names of the components it filled.

    Args:
        model: is filled in place.
        file: of weights.
        leave: components that are not read, whether they fit or not.

    Raises:
        WeightsError: it is no such file, is another preset's, or a tensor does not fit.
    """
    source = _fitting(model, file, leave)
    parameters = dict(model.named_parameters())
    names = _read_names(source, leave)
    with torch.no_grad():
        for name in names:
            parameters[name].copy_(source.read(name))
    return frozenset(name.partition(".")[0] for name in names)


def _read_names(source: TensorFiles, leave: Collection[str]) -> list[str]:
    return sorted(name for name in source.headers if name.partition(".")[0] not in leave)


def _fitting(model: Model, file: Path, leave: Collection[str] = ()) -> TensorFiles:
    """Return the tensors of one of our files, which by their headers fit the model; those left out need not."""
    sizes, label = model.sizes, read_label(file)
    if label.preset != sizes.name:
        raise WeightsError(
            f"{file}: weights of preset {label.preset}, not of {sizes.name}: name a file of {sizes.name}"
        )
    if isinstance(sizes, ModelSizes) and (missed := set(label.ablate) - set(switched_off(sizes))):
        without = ", ".join(sorted(missed))
        mend = f"write ablate: [{', '.join(label.ablate)}] beside it, or name another file"
        raise WeightsError(f"{file}: learnt without {without}, which this model has: {mend}")
    source = TensorFiles([file])
    shapes = {name: parameter.shape for name, parameter in model.named_parameters()}
    names = _read_names(source, leave)
    surplus = [shown(name) for name in names if name not in shapes]
    misshaped = [
        f"{name} {list(source.headers[name].shape)} for {list(shapes[name])}"
        for name in names
        if name in shapes and source.headers[name].shape != shapes[name]
    ]
    faults = {"that it has not": surplus, "of another shape": misshaped}
    if any(faults.values()):
        told = "; ".join(f"{len(found)} {kind} ({some(found)})" for kind, found in faults.items() if found)
        is_variant = (PRESETS | CODECS).get(sizes.name) != sizes
        leave = "ablate, quantizer or layers changes the model: leave it or weights out"
        mend = leave if is_variant else "import them again"
        raise WeightsError(f"{file}: does not fit this model of preset {sizes.name}: parameters {told}: {mend}")
    for name in names:
        source.outline(name)
    return source
