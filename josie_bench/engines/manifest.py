"""What an engine folder says of itself, and the digest of all it was built from. No torch here.

Seeded weights are a function of seed, code and torch's version, so these stand for them in the fingerprint, and weights
from files are told by the files' digests; the manifest also holds the digest of the weights as they were.
"""

from __future__ import annotations

import hashlib
import json
import platform
from dataclasses import asdict, dataclass, field
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import josie_bench
from josie_bench.errors import EngineError, WeightsError
from josie_bench.model.presets import find_sizes
from josie_bench.plugins import find_member
from josie_bench.terms.model_choice import ModelChoice
from josie_bench.terms.signature import Signature

MANIFEST_FILE = "manifest.json"
MANIFEST_VERSION = 2
# What decides a component of these; the others may depend on any size.
SIZES_OF = {"audio_encoder": "audio", "audio_decoder": "audio", "vision_encoder": "vision"}
EXPORT_TOOLS = ("torch", "onnx", "onnxscript")


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

    @property
    def byte_count(self) -> int:
        """Bytes of all its files."""
        return sum(int(entry["bytes"]) for entry in self.files.values())


def make_recipe(choice: ModelChoice, component: str, backend: str, precision: str) -> Recipe:
    """Return what an engine of these settings would be built from, on this machine.

    Raises:
        WeightsError: a file of weights cannot be read.
    """
    member = find_member("backends", backend)
    made_of = model_ingredients(choice, component)
    if precision in member.CALIBRATED:
        made_of["calibration"] = model_ingredients(choice)
    tools = EXPORT_TOOLS if precision in member.GRAPHS else ("torch",)
    return Recipe(
        component=component,
        backend=backend,
        precision=precision,
        target=platform.machine() or "unknown",
        made_of=made_of | {"tools": {name: _version(name) for name in tools} | member.versions()},
    )


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
    tools = {name: _version(name) for name in EXPORT_TOOLS}
    made_of = {name: part for name, part in recipe.made_of.items() if name != "calibration"}
    return Recipe(
        component=recipe.component,
        backend="graph",
        precision=find_member("backends", recipe.backend).GRAPHS[recipe.precision],
        target="any",
        made_of=made_of | {"tools": tools},
    )


@cache
def code_digest() -> str:
    """Return the sha256 (hex) of the code that decides what is built: the model, the exporter and the backends."""
    package = Path(josie_bench.__file__).parent
    digest = hashlib.sha256()
    for folder in ("model", "engines", "backends"):
        for file in sorted((package / folder).rglob("*.py")):
            digest.update(file.relative_to(package).as_posix().encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


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
    """Write `manifest.json` into the engine's folder."""
    data = asdict(manifest) | {"signature": manifest.signature.as_json(), "version": MANIFEST_VERSION}
    del data["folder"]
    (manifest.folder / MANIFEST_FILE).write_text(json.dumps(data, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of the engine in `folder`, after checking its files.

    Raises:
        EngineError: the manifest cannot be read, or a file is missing or not what was built.
    """
    file = folder / MANIFEST_FILE
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
        manifest = Manifest(
            recipe=Recipe(**data["recipe"]),
            signature=Signature.from_json(data["signature"]),
            folder=folder,
            **{key: data[key] for key in ("files", "parameters", "weights_sha256", "built", "build_seconds", "notes")},
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EngineError(f"{file}: cannot read the manifest ({error}): delete the folder, it is built anew") from error
    for name, entry in manifest.files.items():
        part = folder / name
        if not part.is_file() or part.stat().st_size != entry["bytes"] or file_sha256(part) != entry["sha256"]:
            raise EngineError(f"{part}: not the file that was built: delete the folder, it is built anew")
    return manifest


def file_sha256(file: Path) -> str:
    """Return the sha256 (hex) of a file's content."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "absent"
