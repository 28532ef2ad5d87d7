"""The journal of a run: what has ended, a line each, on the disk before the run goes on.

A line is `{"record": {…}, "sha256": "…"}`. Every line is on the disk before the next is begun, so whatever kills the
run can tear only the last one; that is cut off when the journal is opened again.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from josie_bench.errors import UsageError
from josie_bench.writing import sync_folder, unwritable

FILE = "journal.jsonl"
LOCK_WAIT_S = 5.0  # the trial of a killed run holds the lock until it is gone too
LOCK_POLL_S = 0.05
Record = dict[str, Any]


class Journal:
    """The records of a run, which can only grow.

    Args:
        path: the file; None for a run that nobody will go on with: its records are gone with the process.
        records: those that the file holds.
        descriptor: of the file, locked.
    """

    def __init__(self, path: Path | None = None, records: Iterable[Record] = (), descriptor: int | None = None) -> None:
        self.path = path
        self._records = list(records)
        self._descriptor = descriptor

    @property
    def records(self) -> tuple[Record, ...]:
        """All records in the order they came."""
        return tuple(self._records)

    @property
    def held(self) -> tuple[int, ...]:
        """Descriptors that hold the lock; a process that inherits them holds it too."""
        return () if self._descriptor is None else (self._descriptor,)

    def of(self, kind: str) -> list[Record]:
        """Return the records of a kind, in order."""
        return [record for record in self._records if record["kind"] == kind]

    def append(self, kind: str, **what: Any) -> None:
        """Add a record and wait until it is on the disk.

        Raises:
            OutputError: it cannot be written; the file is as it was before.
        """
        record = {"kind": kind} | what
        if self._descriptor is not None:
            assert self.path is not None
            try:
                _write(self._descriptor, line_of(record))
            except OSError as error:
                raise unwritable(self.path, error) from error
        self._records.append(record)

    def close(self) -> None:
        """Let go of the file and of its lock."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def begin_journal(folder: Path) -> Journal:
    """Return the new, empty journal of a run folder, locked.

    Raises:
        OutputError: it cannot be written.
        UsageError: there is one.
    """
    path = folder / FILE
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_EXCL, 0o644)
        sync_folder(folder)
    except OSError as error:
        raise unwritable(path, error) from error
    _lock(descriptor, folder)
    return Journal(path, (), descriptor)


def open_journal(folder: Path) -> Journal:
    """Return the journal that a run left in its folder, locked; a torn last line is cut off.

    Raises:
        OutputError: it cannot be written.
        UsageError: there is none, it is damaged, or somebody is at work in the folder.
    """
    path = folder / FILE
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_APPEND)
    except FileNotFoundError as error:
        raise UsageError(f"{folder}: no {FILE} in it, so no trial of a run ended here: run the suite anew") from error
    except OSError as error:
        raise unwritable(path, error) from error
    try:
        _lock(descriptor, folder)
        content = path.read_bytes()
        records, good = read_records(content, path)
        if good < len(content):
            os.ftruncate(descriptor, good)
            os.fsync(descriptor)
    except BaseException:
        os.close(descriptor)
        raise
    return Journal(path, records, descriptor)


def line_of(record: Record) -> bytes:
    """Return the line that holds a record."""
    return json.dumps({"record": record, "sha256": _digest(record)}).encode() + b"\n"


def read_records(content: bytes, path: Path) -> tuple[list[Record], int]:
    """Return the records in `content`, and how many bytes they take; what a torn write left after them is passed over.

    Args:
        content: of the file.
        path: what the message calls it.

    Raises:
        UsageError: a broken line is followed by a whole one, which no torn write leaves.
    """
    records: list[Record] = []
    good = 0
    *lines, rest = content.split(b"\n")
    found = [_record(line) for line in lines]
    for number, (line, record) in enumerate(zip(lines, found, strict=True), start=1):
        if record is None:
            if any(later is not None for later in [*found[number:], _record(rest)]):
                raise UsageError(f"{path}:{number}: damaged, and not by a torn write: run the suite anew")
            break
        records.append(record)
        good += len(line) + 1
    return records, good


def _record(line: bytes) -> Record | None:
    """Return the record of a line, or None if the line is not whole."""
    try:
        told = json.loads(line)
        record: Record = told["record"]
        return record if told["sha256"] == _digest(record) else None
    except (ValueError, TypeError, KeyError, RecursionError):
        return None


def _digest(record: Record) -> str:
    return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()


def _write(descriptor: int, line: bytes) -> None:
    """Append the line, wholly or not at all."""
    before = os.fstat(descriptor).st_size
    left = memoryview(line)
    try:
        while left:
            left = left[os.write(descriptor, left) :]
        os.fsync(descriptor)
    except OSError:
        with suppress(OSError):
            os.ftruncate(descriptor, before)
        raise


def _lock(descriptor: int, folder: Path) -> None:
    """Take the lock; a run that was killed a moment ago may hold it until its trial has ended too.

    Raises:
        UsageError: somebody else is at work.
    """
    deadline = time.monotonic() + LOCK_WAIT_S
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                what = f"{folder}: another josie-bench is at work in it: wait until it is done, or stop it"
                raise UsageError(what) from None
            time.sleep(LOCK_POLL_S)
        except OSError:  # a file system without locks
            return
        else:
            return
