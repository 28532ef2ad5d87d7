"""Locks of the engine store: one builder of an engine at a time, among all processes that share the folder.

A lock is the kernel's (`flock`): a builder that dies, however it dies, lets go of it.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from josie_bench.errors import OutputError

LOCK_PREFIX = ".lock-"


@contextmanager
def alone(root: Path, name: str, on_wait: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Hold the lock of `name` in the store at `root`; waits for whoever holds it, and leaves no file behind.

    Raises:
        OutputError: the store cannot be written.
    """
    file = root / f"{LOCK_PREFIX}{name}"
    try:
        root.mkdir(parents=True, exist_ok=True)
        descriptor = _locked(file, on_wait)
    except OSError as error:
        raise OutputError(f"{root}: cannot write engines here: {error.strerror}") from error
    try:
        yield
    finally:
        file.unlink(missing_ok=True)
        os.close(descriptor)


@contextmanager
def marked_in_use(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder itself, so that `is_in_use` tells others that somebody works in it."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # NFS locks no folders: then it is told by its age alone
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def is_in_use(path: Path) -> bool:
    """Return whether a living process is known to hold the lock of the file or folder `path`."""
    try:
        descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    except OSError:
        return False
    try:
        return not _takes(descriptor)
    except OSError:
        return False
    finally:
        os.close(descriptor)


def remove_idle_lock(file: Path) -> bool:
    """Remove a lock's file unless somebody holds it; return whether it is gone."""
    try:
        descriptor = os.open(file, os.O_RDWR)
    except FileNotFoundError:
        return True
    try:
        if not _takes(descriptor):
            return False
        if _lies_at(file, descriptor):
            file.unlink(missing_ok=True)
        return True
    finally:
        os.close(descriptor)


def _locked(file: Path, on_wait: Callable[[], None]) -> int:
    """Return a descriptor that holds the lock of the file that lies at `file` now.

    Whoever lets go removes the file first, so the lock of a file that lies there no longer is worth nothing.
    """
    is_told = False
    while True:
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if not _takes(descriptor):
                if not is_told:
                    on_wait()
                    is_told = True
                fcntl.flock(descriptor, fcntl.LOCK_EX)
        except BaseException:
            os.close(descriptor)
            raise
        if _lies_at(file, descriptor):
            return descriptor
        os.close(descriptor)


def _takes(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _lies_at(file: Path, descriptor: int) -> bool:
    try:
        return os.path.samestat(file.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False
