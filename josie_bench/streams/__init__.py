"""A stream is one source of input. Every member file offers:

- `SUMMARY`: one line for `josie-bench list`.
- `MODALITY`: what it feeds, one of `terms.window.MODALITIES`.
- `probe(choice)`: a cheap check that raises `MediaError` in one line: what is wrong, and how to mend it.
- `find(choice)`, where sessions can hear or see one file of a choice: the files, in order.
- `load(choice, …)`: the decoded media, with the `files` they came from. A stream from another package gives one with
  `arrived(start_ms, end_ms)`, see `terms.media.GuestMedia`; its name is its modality's.

`choice` is what a suite says: `bundled`, a file, or a folder of files, taken in the order of their names. The bundled
media, their sources and licences lie in `media/`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from josie_bench.errors import MediaError
from josie_bench.plugins import find_member

BUNDLED = "bundled"
BUNDLED_FOLDER = Path(__file__).parent / "media"


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaFile:
    """A file of input.

    Attributes:
        modality: what it fed.
        name: its file name, without the folder it lies in.
        sha256: of its bytes, hex.
        license: the SPDX identifier of a bundled file's licence, else `user`.
    """

    modality: str
    name: str
    sha256: str
    license: str


def find_files(choice: str, *, folder: str, suffixes: Iterable[str]) -> tuple[Path, ...]:
    """Return the files that `choice` names, sorted by name; none of them is opened.

    Args:
        choice: `bundled`, a file of any suffix, or a folder.
        folder: where the bundled files of this stream lie, below `media/`.
        suffixes: which files of a folder count, lower case, e.g. `.wav`.

    Raises:
        MediaError: nothing is there, or a folder holds no such file.
    """
    place = BUNDLED_FOLDER / folder if choice == BUNDLED else Path(choice).expanduser()
    try:
        if place.is_dir():
            return _files_of(place, frozenset(suffixes))
        if place.is_file():
            return (place,)
    except OSError as error:
        raise MediaError(f"{choice}: cannot be read ({error.strerror}): check the permissions") from error
    raise MediaError(f"{choice}: no such file or folder: name one that exists, or write `{BUNDLED}`")


def describe(path: Path, modality: str) -> MediaFile:
    """Return what is known of the file at `path`.

    Raises:
        MediaError: it cannot be read.
    """
    return MediaFile(modality=modality, name=path.name, sha256=_sha256(path), license=_license(path))


def media_digest() -> str:
    """Return the sha256 (hex) of the list of bundled media, which holds the digest of each."""
    return _sha256(BUNDLED_FOLDER / "media.json")


def find_recordings(choices: Mapping[str, str]) -> tuple[MediaFile, ...]:
    """Return the files that choices name, stream by stream.

    Args:
        choices: by stream, of those whose files can be found.

    Raises:
        MediaError: one names nothing, or a file cannot be read.
    """
    members = [(find_member("streams", name), choice) for name, choice in choices.items()]
    return tuple(describe(path, member.MODALITY) for member, choice in members for path in member.find(choice))


def recordings_sha256(files: Iterable[MediaFile]) -> str:
    """Return the sha256 (hex) of recordings by content and order, whatever they are called and wherever they lie."""
    content = [[file.modality, file.sha256] for file in files]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def require_bytes(path: Path) -> None:
    """Raise `MediaError` unless the file at `path` can be opened and holds at least one byte."""
    try:
        with path.open("rb") as file:
            if not file.read(1):
                raise MediaError(f"{path}: the file is empty (0 bytes): copy it again")
    except OSError as error:
        raise MediaError(f"{path}: cannot be read ({error.strerror}): check the path and its permissions") from error


def reason(error: Exception) -> str:
    """Return what a decoder's error says, in one line without its number and path."""
    words = str(getattr(error, "strerror", None) or error).strip().splitlines()
    return words[0].rstrip(".") if words else type(error).__name__


def _files_of(folder: Path, suffixes: frozenset[str]) -> tuple[Path, ...]:
    inside = (path for path in folder.iterdir() if path.suffix.lower() in suffixes and not path.name.startswith("."))
    files = tuple(sorted((path for path in inside if path.is_file()), key=lambda path: path.name))
    if not files:
        wanted = " ".join(sorted(suffixes))
        raise MediaError(f"{folder}: the folder holds no file to use: put one in ({wanted}), or write `{BUNDLED}`")
    return files


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise MediaError(f"{path}: cannot be read ({error.strerror}): check the path and its permissions") from error


def _license(path: Path) -> str:
    if not path.is_relative_to(BUNDLED_FOLDER):
        return "user"
    name = path.relative_to(BUNDLED_FOLDER).as_posix()
    entries = json.loads((BUNDLED_FOLDER / "media.json").read_text(encoding="utf-8"))
    return next(str(entry["license"]) for entry in entries if entry["file"] == name)
