"""Bringing a corpus into its folder: whole or not there, each file held against its sha256, and gone on with."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from josie_bench.corpora._download import download
from josie_bench.corpora._packages import read_package
from josie_bench.errors import CorpusError, JosieBenchError, UnavailableError
from josie_bench.terms.corpus import Corpus, FileMark, Manifest, Source
from josie_bench.writing import unwritable

PACKAGES = ".packages"  # below the folder of corpora; empty again where all went well

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Supply:
    """Where packages come from.

    Attributes:
        packages: the folder that package managers bring them to.
        given: a folder of packages, or of what they hold, unpacked; None asks the package managers.
        tell: is told a line a step.
    """

    packages: Path
    given: Path | None
    tell: Tell


def file_sha256(path: Path) -> str:
    """Return the sha256 of a file's bytes, hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_here(root: Path, manifest: Manifest) -> bool:
    """Return whether every file of a corpus lies in its folder at its size; contents are for `verify`."""
    return all(_has_size(root / path, mark) for path, mark in manifest.files.items())


def fetch(name: str, corpus: Corpus, manifest: Manifest, folder: Path, *, given: Path | None, tell: Tell) -> Path:
    """Return the folder of a corpus, with every file of it there.

    Files come together in `.NAME.part`, which becomes the corpus's folder when it is whole. What an earlier, cut off
    fetch left there is kept where its sha256 is right.

    Args:
        name: of the corpus.
        corpus: what it is.
        manifest: its frozen files.
        folder: that of all corpora.
        given: a folder of packages, or of what they hold, unpacked; None asks the package managers.
        tell: is told a line a step.

    Raises:
        CorpusError: a package or a file is not what was frozen.
        UnavailableError: a package cannot be had here.
        OutputError: the folder cannot be written.
    """
    root, part = folder / name, folder / f".{name}.part"
    supply = Supply(packages=folder / PACKAGES, given=given, tell=tell)
    try:
        if root.exists():
            if not _lacking(root, manifest.files):
                tell(f"{name}: here already, {len(manifest.files)} files: {root}")
                return root
            shutil.rmtree(part, ignore_errors=True)
            root.replace(part)
        for index, source in enumerate(corpus.sources):
            wanted = {path: mark for path, mark in manifest.files.items() if mark.source == index}
            _fill_from((source, *source.otherwise), part, wanted, supply)
        for path in surplus(part, manifest):
            (part / path).unlink()
        part.replace(root)
        with suppress(OSError):
            supply.packages.rmdir()  # where another fetch left a package in it, it stays
    except OSError as error:
        place = Path(error.filename or folder)
        if given is not None and place.is_relative_to(given):
            raise CorpusError(f"{place}: cannot be read ({error.strerror}): check its permissions") from error
        raise unwritable(place, error) from error
    tell(f"{name}: {len(manifest.files)} files: {root}")
    return root


def surplus(root: Path, manifest: Manifest) -> tuple[str, ...]:
    """Return the files in a corpus's folder that do not belong there, sorted."""
    found = (path.relative_to(root).as_posix() for path in root.rglob("*") if not path.is_dir())
    return tuple(sorted(path for path in found if path not in manifest.files))


def _fill_from(sources: Sequence[Source], part: Path, wanted: Mapping[str, FileMark], supply: Supply) -> None:
    """Put files where they belong, from the first source that has them; if none does, the first's complaint is told."""
    failed: list[JosieBenchError] = []
    for source in sources:
        if failed:
            supply.tell(f"{failed[-1]}; instead: {source.name} {source.version} ({source.kind})")
        try:
            _fill(part, source, _lacking(part, wanted), supply)
        except (CorpusError, UnavailableError) as error:
            failed.append(error)
        else:
            return
    raise failed[0]


def _fill(part: Path, source: Source, wanted: Mapping[str, FileMark], supply: Supply) -> None:
    """Put the files that are lacking where they belong."""
    if not wanted:
        return
    package = _locate(source, wanted, supply)
    if package is None:
        assert supply.given is not None
        for path, mark in wanted.items():
            _put(part / path, (supply.given / path).read_bytes(), mark, origin=supply.given / path)
        return
    _require(package, source)
    found = set()
    for path, content in read_package(package, wanted.__contains__):
        _put(part / path, content, wanted[path], origin=package / path)
        found.add(path)
    if lost := sorted(wanted.keys() - found):
        raise CorpusError(f"{package}: holds no {lost[0]} ({len(lost)} files are lacking): fetch it again")
    if package.parent == supply.packages:
        package.unlink()


def _locate(source: Source, wanted: Mapping[str, FileMark], supply: Supply) -> Path | None:
    """Return the package of a source, or None where `given` holds what is wanted, unpacked."""
    if supply.given is not None:
        if (supply.given / source.file).is_file():
            return supply.given / source.file
        if all((supply.given / path).is_file() for path in wanted):
            return None
        reason = f"{supply.given}: holds neither {source.file} nor {next(iter(wanted))}"
        raise UnavailableError(reason, mend=f"put the package {source.name} {source.version} in, or leave --from out")
    kept = supply.packages / source.file
    if kept.is_file() and file_sha256(kept) == source.sha256:
        return kept
    supply.tell(f"fetching {source.name} {source.version} ({source.kind})")
    return download(source, supply.packages)


def _require(package: Path, source: Source) -> None:
    """Refuse a package that is not byte for byte the one that was frozen."""
    found = file_sha256(package)
    if found != source.sha256:
        raise CorpusError(
            f"{package}: changed: its sha256 is {found[:16]}…, frozen was {source.sha256[:16]}…: "
            f"fetch {source.name} {source.version} again, from elsewhere if need be"
        )


def _put(path: Path, content: bytes, mark: FileMark, *, origin: Path) -> None:
    if hashlib.sha256(content).hexdigest() != mark.sha256:
        raise CorpusError(f"{origin}: changed: its sha256 is not the frozen {mark.sha256[:16]}…: fetch it again")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _lacking(root: Path, files: Mapping[str, FileMark]) -> dict[str, FileMark]:
    """Return the files that are not there as they were frozen."""
    return {
        path: mark
        for path, mark in files.items()
        if not _has_size(root / path, mark) or file_sha256(root / path) != mark.sha256
    }


def _has_size(path: Path, mark: FileMark) -> bool:
    return path.is_file() and path.stat().st_size == mark.byte_count
