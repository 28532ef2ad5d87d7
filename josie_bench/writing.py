"""How a file gets onto the disk so that a crash or a power failure leaves it whole or not there."""

from __future__ import annotations

import errno
import os
import secrets
from contextlib import suppress
from itertools import takewhile
from pathlib import Path

from josie_bench.errors import OutputError

REASONS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EFBIG: "a file may not become so large here (ulimit -f)",
    errno.EACCES: "no permission to write there",
    errno.EPERM: "no permission to write there",
    errno.EROFS: "the file system is read-only",
    errno.ENOTDIR: "a part of its path is a file, not a folder",
    errno.EEXIST: "a file is where a folder is due",
    errno.EISDIR: "a folder is where the file is due",
    errno.ENAMETOOLONG: "the name is too long",
}


def write_whole(path: Path, content: bytes) -> Path:
    """Put `content` at `path` and return it; whoever looks sees the old file or the new one, never a part.

    The folder is made where it is missing.

    Raises:
        OutputError: it cannot be written; the message names the path and the reason.
    """
    try:
        make_folders(path.parent, exist_ok=True)
        _replace(path, content)
        sync_folder(path.parent)
    except OSError as error:
        raise unwritable(path, error) from error
    return path


def check_folder(folder: Path) -> None:
    """Refuse a folder that could not be made or written in; nothing is made.

    Raises:
        OutputError: it lies below a file, or where nothing may be written.
    """
    there = next(place for place in (folder, *folder.parents) if place.exists())
    broken = None if os.access(there, os.W_OK) else errno.EACCES
    if code := broken if there.is_dir() else errno.ENOTDIR:
        raise unwritable(folder, OSError(code, os.strerror(code)))


def unwritable(path: Path, error: OSError) -> OutputError:
    """Return what to say of a path that cannot be written."""
    reason = REASONS.get(error.errno or 0) or error.strerror or str(error)
    return OutputError(f"cannot write {path}: {reason}")


def make_folders(folder: Path, *, exist_ok: bool = False) -> None:
    """Make a folder and those above it that are missing; their names are on the disk then.

    Raises:
        OSError: one cannot be made, or, unless `exist_ok`, the folder is there.
    """
    new = list(takewhile(lambda above: not above.exists(), (folder, *folder.parents)))
    folder.mkdir(parents=True, exist_ok=exist_ok)
    for made in reversed(new):
        sync_folder(made.parent)


def sync_folder(folder: Path) -> None:
    """Wait until the names in a folder are on the disk too; without it a power failure may take a new file away."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # some network file systems cannot, and then they need not
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _replace(path: Path, content: bytes) -> None:
    """Write a neighbour of `path` and move it there; a half-written one is taken away again."""
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with part.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())  # some file systems only find here that the disk is full
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
