"""What an engine folder says of itself, and the digest of all it was built from. No torch here.

Seeded weights are a function of seed, code and torch's version, so these stand for them in the fingerprint, and weights
from files are told by the files' digests; the manifest also holds the digest of the weights as they were.

A manifest is believed in three steps: it can be read (`open_manifest`), this store sealed it (`is_ours`), and the files
are those it names (`file_fault`). `read_manifest` takes all three; nothing is loaded that has not passed it.
"""

from __future__ import annotations

import hashlib
import json
import platform
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from josie_bench.backends import driver_of, graph_precision, options_of
from josie_bench.engines.calibration import calibration_ingredients
from josie_bench.engines.code_digest import code_digest
from josie_bench.engines.seal import is_sealed, make_seal
from josie_bench.errors import EngineError, WeightsError
from josie_bench.model.presets import find_sizes
from josie_bench.plugins import find_member
from josie_bench.terms.calibration_choice import CalibrationChoice
from josie_bench.terms.model_choice import ModelChoice
from josie_bench.terms.plan_options import USUAL, PlanOptions
from josie_bench.terms.signature import Signature
from josie_bench.writing import write_whole

MANIFEST_FILE = "manifest.json"
MANIFEST_VERSION = 3
# What decides a component of these; the others may depend on any size.
SIZES_OF = {"audio_encoder": "audio", "audio_decoder": "audio", "vision_encoder": "vision"}
RECIPE_NAMES = ("component", "backend", "precision", "target")
EXPORT_TOOLS: tuple[str, ...] = ("torch", "onnx", "onnxscript")
QUANTISED = ("int8_qdq", "fp8_qdq")  # precisions of a graph with explicit Q/DQ
QUANTIZE_TOOLS = ("onnxruntime",)
LARGEST = 2**63  # beyond it no number of a manifest can be


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """All that decides what an engine is.

    Attributes:
        made_of: names and versions of everything that went in; the fingerprint is its digest.
    """

    component: str
    backend: str
    precision: str
    target: str
    made_of: dict[str, Any]

    @property
    def fingerprint(self) -> str:
        """The sha256 (hex) of the recipe."""
        return hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()

    @property
    def has_slots(self) -> bool:
        """Whether it holds a batch of sessions that come and go."""
        return bool(self.made_of.get("slots", False))

    @property
    def options(self) -> PlanOptions:
        """The options that the backend has and that it is built with."""
        return PlanOptions(**self.made_of.get("options", {}))

    @property
    def folder_name(self) -> str:
        """The engine's folder below the store."""
        return f"{self.component}-{self.backend}-{self.precision}-{self.target}-{self.fingerprint[:8]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """An engine on disk.

    Attributes:
        files: size in bytes and sha256 of each file, by name.
        weights_sha256: of the component's parameters, in FP32.
        notes: what the builder says of the engine, by name.
        built: ISO 8601 instant in UTC.
        phase_seconds: seconds of each phase of the build, by name; a graph that was there already took none.
        peak_mib: the most memory the builder's process, or one it started, held meanwhile; None where unknown.
        seal: the store's proof that it was built here; put on when it is written.
    """

    recipe: Recipe
    signature: Signature
    folder: Path
    files: dict[str, dict[str, Any]]
    parameters: int
    weights_sha256: str
    built: str
    build_seconds: float
    notes: dict[str, Any] = field(default_factory=dict)
    phase_seconds: dict[str, float] = field(default_factory=dict)
    peak_mib: float | None = None
    seal: str = ""
    version: int = MANIFEST_VERSION

    @property
    def compiler_seconds(self) -> float:
        """Without what was exported or quantised for it before; all seconds where that is not known."""
        return self.phase_seconds.get("build", self.build_seconds)

    @property
    def byte_count(self) -> int:
        """Bytes of all its files."""
        return sum(int(entry["bytes"]) for entry in self.files.values())

    @property
    def built_at(self) -> datetime:
        """When it was built."""
        moment = datetime.fromisoformat(self.built)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

    def content(self) -> dict[str, Any]:
        """Return all that is sealed, as JSON holds it."""
        data = asdict(self) | {"signature": self.signature.as_json()}
        del data["folder"], data["seal"]
        return data


def make_recipe(
    choice: ModelChoice,
    component: str,
    backend: str,
    precision: str,
    target: str | None = None,
    *,
    has_slots: bool = False,
    options: PlanOptions = USUAL,
    calibration: CalibrationChoice | None = None,
) -> Recipe:
    """Return what an engine of these settings would be built from.

    Args:
        choice: the model.
        component: the part of it.
        backend: a member of the family.
        precision: one of the backend's.
        target: the GPU it is for; None for this machine, or for the GPU in it where the backend compiles for GPUs.
        has_slots: whether it is to hold a batch of sessions that come and go.
        options: of which those count that the backend has.
        calibration: counts where the precision is calibrated; None for the usual set.

    Raises:
        WeightsError: a file of weights cannot be read.
    """
    member = find_member("backends", backend)
    made_of = model_ingredients(choice, component)
    if precision in member.CALIBRATED:
        made_of["calibration"] = _set_ingredients(choice, calibration)
    if has_slots:
        made_of["slots"] = True
    if told := {name: value for name, value in options.told().items() if name in (options_of(member) or ())}:
        made_of["options"] = told
    target = target or (member.target_here() if member.TARGETS else None) or machine_name()
    return Recipe(
        component=component,
        backend=backend,
        precision=precision,
        target=target,
        made_of=made_of | {"tools": tool_versions(backend, precision, target)},
    )


def machine_name() -> str:
    """Return what engines are built for here."""
    return platform.machine() or "unknown"


def tool_versions(backend: str, precision: str, target: str) -> dict[str, str]:
    """Return what exports and builds an engine of these settings here, with versions; `graph` is the exporter alone."""
    if backend == "graph":
        quantisers = QUANTIZE_TOOLS if precision in QUANTISED else ()
        return {name: _version(name) for name in EXPORT_TOOLS + quantisers}
    member = find_member("backends", backend)
    tools = EXPORT_TOOLS if precision in member.GRAPHS else ("torch",)
    if precision in member.QUANTIZED:
        tools += QUANTIZE_TOOLS
    libraries: dict[str, str] = member.versions()
    driver = driver_of(member, target)
    return {name: _version(name) for name in tools} | libraries | ({} if driver is None else {"cuda_driver": driver})


def model_ingredients(choice: ModelChoice, component: str | None = None) -> dict[str, Any]:
    """Return all that decides a component's numbers, or the whole model's.

    Raises:
        WeightsError: a file of weights cannot be read.
    """
    sizes = find_sizes(choice)
    return {
        "manifest": MANIFEST_VERSION,
        "sizes": asdict(getattr(sizes, SIZES_OF[component]) if component in SIZES_OF else sizes),
        "weights": {"seed": choice.seed, "files": [weights_sha256(name) for name in choice.weights]},
        "code": code_digest(),
        "guests": {guest.name: _guest_digest(guest.component) for guest in sizes.guests},
    }


def graph_recipe(recipe: Recipe) -> Recipe:
    """Return the recipe of the exported graph that an engine of `recipe` is built from; no calibration decides it."""
    precision = graph_precision(find_member("backends", recipe.backend), recipe.precision, recipe.options)
    assert precision is not None, "only who builds from a graph asks for its recipe"
    made_of = {name: part for name, part in recipe.made_of.items() if name not in ("calibration", "options")}
    return Recipe(
        component=recipe.component,
        backend="graph",
        precision=precision,
        target="any",
        made_of=made_of | {"tools": tool_versions("graph", precision, "any")},
    )


def quantized_recipe(recipe: Recipe) -> Recipe:
    """Return the recipe of the quantised graph that an engine of `recipe` is built from, whatever backend builds it."""
    precision = find_member("backends", recipe.backend).QUANTIZED[recipe.precision]
    made_of = {name: part for name, part in recipe.made_of.items() if name != "options"}
    return Recipe(
        component=recipe.component,
        backend="graph",
        precision=precision,
        target="any",
        made_of=made_of | {"tools": tool_versions("graph", precision, "any")},
    )


def calibration_recipe(choice: ModelChoice, calibration: CalibrationChoice | None = None) -> Recipe:
    """Return the recipe of the calibration set that is recorded of a model; the usual one if none is named."""
    return Recipe(
        component="calibration",
        backend="eager",
        precision="fp32",
        target="any",
        made_of=_set_ingredients(choice, calibration) | {"tools": tool_versions("eager", "fp32", "any")},
    )


def _set_ingredients(choice: ModelChoice, calibration: CalibrationChoice | None) -> dict[str, Any]:
    return model_ingredients(choice) | calibration_ingredients(calibration)


def _guest_digest(component: str) -> str:
    """Return the sha256 (hex) of the module that brings a component from another package."""
    return file_sha256(Path(str(find_member("model.components", component).__file__)))


@cache
def weights_sha256(file: str) -> str:
    """Return the sha256 (hex) of a file of weights; it is read once in a process.

    Raises:
        WeightsError: it cannot be read.
    """
    try:
        return file_sha256(Path(file))
    except OSError as error:
        raise WeightsError(f"{file}: cannot be read: {error.strerror}") from error


def sealed_files(folder: Path) -> dict[str, dict[str, Any]]:
    """Return bytes and sha256 of each file in a folder, as a manifest holds them."""
    return {file.name: {"bytes": file.stat().st_size, "sha256": file_sha256(file)} for file in sorted(folder.iterdir())}


def write_manifest(manifest: Manifest) -> None:
    """Write `manifest.json` into the engine's folder, sealed by the store that the folder lies in.

    Raises:
        EngineError: the store's secret cannot be used.
        OutputError: it, or the store's secret, cannot be written.
    """
    content = manifest.content()
    data = content | {"seal": make_seal(manifest.folder.parent, content)}
    text = json.dumps(data, indent=1, sort_keys=True) + "\n"
    write_whole(manifest.folder / MANIFEST_FILE, text.encode())  # of an engine that is trusted one lies there already


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of the engine in `folder`, after checking who sealed it and its files.

    Raises:
        EngineError: the manifest cannot be read, was not sealed here, or a file is missing or not what was built.
    """
    manifest = open_manifest(folder)
    if manifest.version != MANIFEST_VERSION:
        raise EngineError(f"{folder}: from another version of josie-bench: delete the folder, it is built anew")
    if not is_ours(manifest):
        raise EngineError(
            f"{folder}: not built in this store, and engines are code: josie-bench engines trust {folder}, or delete it"
        )
    fault = file_fault(manifest)
    if fault is not None:
        raise EngineError(f"{fault}: delete the folder, it is built anew")
    return manifest


def open_manifest(folder: Path) -> Manifest:
    """Return what the engine in `folder` says of itself, unchecked.

    Raises:
        EngineError: the manifest cannot be read.
    """
    file = folder / MANIFEST_FILE
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
        json.dumps(data, ensure_ascii=False).encode()  # half a surrogate pair can be read, but not printed
        names = ("files", "parameters", "weights_sha256", "built", "build_seconds", "notes", "version")
        later = {name: data[name] for name in ("phase_seconds", "peak_mib", "seal") if name in data}
        manifest = Manifest(
            recipe=Recipe(**data["recipe"]),
            signature=Signature.from_json(data["signature"]),
            folder=folder,
            **{name: data[name] for name in names},
            **later,
        )
        _check_types(manifest)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise EngineError(f"{file}: cannot read the manifest ({error}): delete the folder, it is built anew") from error
    return manifest


def is_ours(manifest: Manifest) -> bool:
    """Return whether the store that the engine lies in sealed this manifest.

    Raises:
        EngineError: the store's secret cannot be used.
    """
    return is_sealed(manifest.folder.parent, manifest.content(), manifest.seal)


def file_fault(manifest: Manifest) -> str | None:
    """Return which file of the engine is not as its manifest says, and what of it, or None."""
    there = {part.name: part for part in sorted(manifest.folder.iterdir()) if part.name != MANIFEST_FILE}
    for name, entry in manifest.files.items():
        part = there.pop(name, None)
        if part is None or part.is_symlink() or not part.is_file():
            return f"{manifest.folder / name}: not the file that was built: it is missing"
        if part.stat().st_size != entry["bytes"] or file_sha256(part) != entry["sha256"]:
            return f"{part}: not the file that was built"
    return next((f"{part}: its manifest names no such file" for part in there.values()), None)


def _check_types(manifest: Any) -> None:
    """Raise TypeError or ValueError where a field is not what the rest of the code takes it for."""
    recipe, files, seconds = manifest.recipe, manifest.files, manifest.phase_seconds
    tables = (recipe.made_of, recipe.made_of.get("tools", {}), manifest.notes, files, seconds, *files.values())
    if not all(isinstance(table, dict) for table in tables):
        raise TypeError("a list or a value where a table is due")
    specs = (spec for part in ("inputs", "state", "outputs") for spec in getattr(manifest.signature, part))
    texts = [manifest.seal, manifest.weights_sha256, *(getattr(recipe, name) for name in RECIPE_NAMES)]
    texts += [entry["sha256"] for entry in files.values()] + [
        text for spec in specs for text in (spec.name, spec.dtype)
    ]
    if not all(isinstance(text, str) for text in texts):
        raise TypeError("a name is no text")
    numbers = [manifest.version, manifest.parameters, manifest.build_seconds, *seconds.values()]
    numbers += [entry["bytes"] for entry in files.values()] + [0 if manifest.peak_mib is None else manifest.peak_mib]
    if not all(isinstance(number, int | float) and 0 <= number < LARGEST for number in numbers):
        raise ValueError("a number is none, or none that can be")
    datetime.fromisoformat(manifest.built)


def file_sha256(file: Path) -> str:
    """Return the sha256 (hex) of a file's content."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "absent"
