"""`manifest.sha256`: the digest of every file of a run's folder, written last; `sha256sum -c` reads it too."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from josie_bench.errors import IntegrityError, UsageError
from josie_bench.writing import write_whole

MANIFEST = "manifest.sha256"
_LINE = re.compile(r"(?P<digest>[0-9a-f]{64})  (?P<name>[^\\\n\r\0]+)")


def seal(folder: Path) -> Path:
    """Write the manifest of all that lies in `folder` and return its path.

    Raises:
        OutputError: it cannot be written.
    """
    lines = sealed_lines({name: file_sha256(folder / name) for name in _files(folder)})
    return write_whole(folder / MANIFEST, lines.encode())


def sealed_lines(digests: dict[str, str]) -> str:
    """Return the manifest of files, by their names below the folder."""
    return "".join(f"{digest}  {name}\n" for name, digest in sorted(digests.items()))


def file_sha256(path: Path) -> str:
    """Return the digest of a file's bytes, hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def differences(folder: Path) -> list[str]:
    """Return a line for every file that is not as it was sealed: `missing: …`, `changed: …`, `extra: …`.

    Raises:
        UsageError: there is no such folder.
        IntegrityError: there is no manifest, or it is damaged.
    """
    sealed = read_manifest(folder)
    here = set(_files(folder))
    lost = [f"missing: {name}" for name in sorted(sealed.keys() - here)]
    changed = [line for name in sorted(sealed.keys() & here) if (line := _changed(folder, name, sealed[name]))]
    extra = [f"extra: {name}" for name in sorted(here - sealed.keys())]
    return [*lost, *changed, *extra]


def require_intact(folder: Path, names: Iterable[str] | None = None) -> None:
    """Do nothing if the files, by default all, are as they were sealed, or the folder never was.

    Raises:
        IntegrityError: one of them is not.
    """
    if not (folder / MANIFEST).is_file():
        return
    sealed = read_manifest(folder)
    if names is None:
        lines = differences(folder)
    else:
        lines = [line for name in names if name in sealed and (line := _changed(folder, name, sealed[name]))]
    if lines:
        raise IntegrityError(
            f"{folder} is not as it was sealed ({lines[0]}): josie-bench result verify {folder} lists it"
        )


def _changed(folder: Path, name: str, digest: str) -> str | None:
    path = folder / name
    if path.is_symlink():
        return f"changed: {name}: a link stands in its place"
    try:
        return None if file_sha256(path) == digest else f"changed: {name}"
    except OSError as error:
        return f"changed: {name}: cannot be read ({error.strerror})"


def read_manifest(folder: Path) -> dict[str, str]:
    """Return the digests that `folder` was sealed with, by file.

    Raises:
        UsageError: there is no such folder.
        IntegrityError: there is no manifest, or it is damaged.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder}: no such folder: name the folder of a run")
    file = folder / MANIFEST
    if not file.is_file():
        raise IntegrityError(
            f"{folder} has no {MANIFEST}: its run did not end, or it is older than manifests are: "
            f"josie-bench report {folder} draws and seals it"
        )
    try:
        text = file.read_bytes().decode()
    except UnicodeDecodeError as error:
        raise IntegrityError(f"{file} is damaged: it is not UTF-8 text") from error
    found: dict[str, str] = {}
    for number, line in enumerate(text.split("\n")[:-1] if text.endswith("\n") else [""], 1):
        match = _LINE.fullmatch(line)
        if match is None or match["name"] in found or not _is_inside(match["name"]):
            raise IntegrityError(f"{file}:{number}: the manifest is damaged: this is no line of a digest and a file")
        found[match["name"]] = match["digest"]
    return found


def _is_inside(name: str) -> bool:
    return not name.startswith("/") and not {"", ".", ".."} & set(name.split("/"))


def _files(folder: Path) -> Iterator[str]:
    """Yield the names below `folder` of all that is no folder, the manifest left out."""
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        if (path.is_symlink() or not path.is_dir()) and name != MANIFEST:
            yield name
