"""What lies in a package: the files of a Debian package, a wheel or an npm package, without installing it."""

from __future__ import annotations

import io
import shutil
import subprocess
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from josie_bench.errors import CorpusError, UnavailableError

AR_MAGIC = b"!<arch>\n"
AR_HEAD = 60  # bytes before each member
READABLE = (".gz", ".xz", ".bz2", "")  # what this Python's tarfile takes

Keeps = Callable[[str], bool]


def read_package(package: Path, keeps: Keeps) -> Iterator[tuple[str, bytes]]:
    """Yield path and content of the plain files of a package that `keeps` says yes to.

    Args:
        package: a `.deb`, a `.whl`, or a `.tgz`.
        keeps: told a path without a leading `./`.

    Raises:
        CorpusError: the package is damaged or of no kind that is known.
        UnavailableError: it is compressed in a way that needs a program that is not here.
    """
    if package.suffix not in (".deb", ".whl", ".tgz"):
        raise CorpusError(f"{package}: no package: take a .deb, a .whl or a .tgz")
    try:
        if package.suffix == ".whl":
            yield from _read_zip(package, keeps)
        elif package.suffix == ".tgz":
            with package.open("rb") as file:
                yield from _read_tar(file, keeps)
        else:
            with _data_of(package) as data:
                yield from _read_tar(data, keeps)
    except (tarfile.TarError, zipfile.BadZipFile, EOFError) as error:
        raise CorpusError(f"{package}: the package is damaged ({error}): fetch it again") from error


def _read_zip(package: Path, keeps: Keeps) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(package) as archive:
        for entry in archive.infolist():
            if not entry.is_dir() and keeps(entry.filename):
                yield entry.filename, archive.read(entry)


def _read_tar(data: IO[bytes], keeps: Keeps) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(fileobj=data, mode="r|*") as archive:
        for entry in archive:
            path = entry.name.removeprefix("./")
            content = archive.extractfile(entry) if entry.isreg() and keeps(path) else None
            if content is not None:
                yield path, content.read()


@contextmanager
def _data_of(package: Path) -> Iterator[IO[bytes]]:
    """Give the tar archive that a Debian package holds, compressed as it is or already plain."""
    with package.open("rb") as file:
        name, start, length = _find_data(package, file)
        if Path(name).suffix.replace(".tar", "") in READABLE:
            file.seek(start)
            yield cast(IO[bytes], _Part(file, length))  # tarfile asks for `read` alone
            return
    program = shutil.which("dpkg-deb")
    if program is None:
        mend = f"install dpkg, or unpack {package.name} elsewhere and name that folder with --from"
        raise UnavailableError(f"{package}: {name} cannot be read by this Python, and dpkg-deb is not here", mend=mend)
    done = subprocess.run([program, "--fsys-tarfile", str(package)], capture_output=True, check=False)
    if done.returncode:
        raise CorpusError(f"{package}: the package is damaged (dpkg-deb: {_last_line(done.stderr)}): fetch it again")
    yield io.BytesIO(done.stdout)


def _find_data(package: Path, file: IO[bytes]) -> tuple[str, int, int]:
    """Return name, start and length of the archive of files within a Debian package, which is an `ar` archive."""
    if file.read(len(AR_MAGIC)) != AR_MAGIC:
        raise CorpusError(f"{package}: no Debian package: fetch it again")
    while len(head := file.read(AR_HEAD)) == AR_HEAD:
        name, size = head[:16].decode("ascii", "replace").strip().rstrip("/"), head[48:58].strip()
        if not size.isdigit():
            break
        if name.startswith("data.tar"):
            return name, file.tell(), int(size)
        file.seek(int(size) + int(size) % 2, io.SEEK_CUR)
    raise CorpusError(f"{package}: the package is damaged (no data.tar in it): fetch it again")


def _last_line(words: bytes) -> str:
    lines = words.decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else "no reason given"


class _Part:
    """A stretch of a file that reads as if it were one."""

    def __init__(self, file: IO[bytes], length: int) -> None:
        self._file = file
        self._left = length

    def read(self, size: int = -1) -> bytes:
        size = self._left if size < 0 else min(size, self._left)
        content = self._file.read(size)
        self._left -= len(content)
        return content
