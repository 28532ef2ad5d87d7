"""What lies in an engine store: engines and how they stand, leftovers of builders, and what is not the store's."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from josie_bench.engines.lock import LOCK_PREFIX
from josie_bench.engines.manifest import (
    MANIFEST_FILE,
    Manifest,
    file_fault,
    is_ours,
    open_manifest,
    read_manifest,
    write_manifest,
)
from josie_bench.engines.seal import KEY_FILE
from josie_bench.engines.staleness import staleness
from josie_bench.engines.store import HALF_BUILT_PREFIX
from josie_bench.engines.timing_cache import TIMING_PREFIX
from josie_bench.errors import EngineError, UsageError
from josie_bench.plugins import unknown_name

REMOVING_PREFIX = ".removing-"
LEFTOVER_PREFIXES = (HALF_BUILT_PREFIX, REMOVING_PREFIX, LOCK_PREFIX)
OWN_FILES = {KEY_FILE, "README.md", ".gitignore"}
ENGINE_NAME = re.compile(r"\w+-\w+-\w+-.+-(?P<fingerprint>[0-9a-f]{8})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An engine's folder and how it stands.

    Attributes:
        manifest: None where it cannot be read.
        fault: what is broken, or None.
        stale: why no run of today would look for it, or None.
        is_foreign: whether another store sealed it, or none.
    """

    folder: Path
    manifest: Manifest | None
    fault: str | None
    stale: str | None
    is_foreign: bool

    @property
    def state(self) -> str:
        """`damaged`, `outdated`, `foreign` or `ok`; the first that holds."""
        if self.fault is not None:
            return "damaged"
        if self.stale is not None:
            return "outdated"
        return "foreign" if self.is_foreign else "ok"


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """A store's content: engines, what dead builders left, and what is not the store's."""

    engines: tuple[Entry, ...]
    leftovers: tuple[Path, ...]
    others: tuple[Path, ...]


def take_inventory(root: Path, *, is_thorough: bool) -> Inventory:
    """Return what lies in the store at `root`; nothing where it was never made.

    Args:
        root: the store.
        is_thorough: whether every file is read and held against its sha256.

    Raises:
        EngineError: the store's secret cannot be used.
    """
    paths = sorted(root.iterdir()) if root.exists() else []
    leftovers = [path for path in paths if _is_left_over(path)]
    engines = [path for path in paths if is_engine_folder(path)]
    known = {*leftovers, *engines, *(root / name for name in OWN_FILES)}
    return Inventory(
        engines=tuple(look_at(folder, is_thorough=is_thorough) for folder in engines),
        leftovers=tuple(leftovers),
        others=tuple(path for path in paths if path not in known and not path.name.startswith(TIMING_PREFIX)),
    )


def _is_left_over(path: Path) -> bool:
    """Return whether `path` is named as builders name what they leave; their locks are files."""
    return path.name.startswith(LEFTOVER_PREFIXES) and not (path.name.startswith(LOCK_PREFIX) and path.is_dir())


def is_engine_folder(path: Path) -> bool:
    """Return whether `path` is named as an engine's folder is and holds a manifest; a link is none."""
    is_named = ENGINE_NAME.fullmatch(path.name) is not None
    return is_named and path.is_dir() and not path.is_symlink() and (path / MANIFEST_FILE).is_file()


def look_at(folder: Path, *, is_thorough: bool) -> Entry:
    """Return how the engine in `folder` stands.

    Raises:
        EngineError: the store's secret cannot be used.
    """
    try:
        manifest = open_manifest(folder)
    except EngineError as error:
        return Entry(folder=folder, manifest=None, fault=str(error), stale=None, is_foreign=False)
    fault = file_fault(manifest) if is_thorough else None
    if manifest.recipe.folder_name != folder.name:
        fault = f"{folder}: built from something else than its name says"
    return Entry(
        folder=folder, manifest=manifest, fault=fault, stale=staleness(manifest), is_foreign=not is_ours(manifest)
    )


def find_folder(root: Path, name: str) -> Path:
    """Return the engine's folder that `name` means: a path, or how a folder's name or fingerprint in the store begins.

    Raises:
        UsageError: there is none, or more than one.
    """
    if is_engine_folder(Path(name).absolute()):
        return Path(name)
    folders = [path for path in sorted(root.iterdir()) if is_engine_folder(path)] if root.exists() else []
    found = [path for path in folders if name and _begins(path, name)]
    if not folders:
        raise UsageError(f"{root}: no engines here: build some with: josie-bench build SUITE")
    if not found:
        raise UsageError(unknown_name("engine", name, [path.name for path in folders]))
    if len(found) > 1:
        named = ", ".join(path.name for path in found)
        raise UsageError(f"{name}: begins {len(found)} engines: write more of the name of one: {named}")
    return found[0]


def trust(folder: Path) -> Manifest:
    """Seal the engine in `folder` as if it had been built in the store it lies in; its files must be those it names.

    Raises:
        EngineError: it is damaged, or of another version.
        OutputError: the store's secret cannot be written.
    """
    manifest = open_manifest(folder)
    fault = look_at(folder, is_thorough=True).fault
    if fault is not None:
        raise EngineError(f"{fault}: not trusted")
    write_manifest(manifest)
    return read_manifest(folder)


def _begins(folder: Path, name: str) -> bool:
    return folder.name.startswith(name) or folder.name.rpartition("-")[2].startswith(name)
