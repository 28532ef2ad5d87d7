"""Removing from a store what nobody can use; never what is not an engine's folder or a builder's leftover."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from josie_bench.engines.inventory import REMOVING_PREFIX, Entry, Inventory
from josie_bench.engines.lock import LOCK_PREFIX, is_in_use, remove_idle_lock
from josie_bench.engines.store import HALF_BUILT_PREFIX
from josie_bench.errors import OutputError

SETTLED_S = 3600.0  # a builder that holds no lock (a file system without them) is taken for dead after this


@dataclass(frozen=True, slots=True, kw_only=True)
class Removal:
    """Something to remove, why, and what it frees."""

    path: Path
    why: str
    byte_count: int


def plan_sweep(
    inventory: Inventory, now: datetime, *, older_than_s: float | None = None, is_all: bool = False
) -> tuple[Removal, ...]:
    """Return what can go: damaged and outdated engines, and leftovers of dead builders.

    Args:
        inventory: of the store, thorough where damaged files are to be seen.
        now: with its time zone.
        older_than_s: engines that were built longer ago go too.
        is_all: every engine goes, and leftovers of any age.
    """
    engines = ((entry.folder, _why(entry, now, older_than_s, is_all=is_all)) for entry in inventory.engines)
    leftovers = ((path, _why_left(path, now, is_all=is_all)) for path in inventory.leftovers)
    return tuple(
        Removal(path=path, why=why, byte_count=bytes_of(path))
        for path, why in (*engines, *leftovers)
        if why is not None
    )


def remove(removal: Removal) -> None:
    """Remove it; an engine's folder loses its name first, so that half of it is never taken for an engine.

    Raises:
        OutputError: it cannot be removed.
    """
    path = removal.path
    try:
        if path.name.startswith(LOCK_PREFIX):
            remove_idle_lock(path)
        elif path.is_dir():
            aside = path
            if not path.name.startswith((REMOVING_PREFIX, HALF_BUILT_PREFIX)):
                aside = Path(tempfile.mkdtemp(prefix=REMOVING_PREFIX, dir=path.parent))
                path.rename(aside)
            shutil.rmtree(aside)
        else:
            path.unlink()
    except FileNotFoundError:
        return  # somebody else removed it
    except OSError as error:
        raise OutputError(f"{error.filename or path}: cannot be removed: {error.strerror}") from error


def bytes_of(path: Path) -> int:
    """Return the bytes of a file, or of all files below a folder; links are not followed."""
    return sum(part.lstat().st_size for part in _files(path))


def _files(path: Path) -> Iterator[Path]:
    if path.is_symlink() or not path.is_dir():
        yield path
        return
    for part in path.iterdir():
        yield from _files(part)


def _why(entry: Entry, now: datetime, older_than_s: float | None, *, is_all: bool) -> str | None:
    if entry.fault is not None:
        return f"damaged: {entry.fault}"
    if entry.stale is not None:
        return f"outdated: {entry.stale}"
    if is_all:
        return "all"
    if older_than_s is None or entry.manifest is None:
        return None
    built = entry.manifest.built_at
    return f"built {built:%Y-%m-%d}" if (now - built).total_seconds() > older_than_s else None


def _why_left(path: Path, now: datetime, *, is_all: bool) -> str | None:
    try:
        written = datetime.fromtimestamp(path.lstat().st_mtime, UTC)
    except FileNotFoundError:
        return None
    if path.is_symlink() or is_in_use(path):
        return None
    if path.name.startswith(LOCK_PREFIX):
        return "a dead builder's lock"
    if path.name.startswith(REMOVING_PREFIX):
        return "half removed"
    is_settled = (now - written).total_seconds() > SETTLED_S
    return "half built" if is_settled or is_all else None
