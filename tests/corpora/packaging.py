"""Small packages of each kind, written byte by byte where the reader is ours, and a corpus that comes from one."""

from __future__ import annotations

import hashlib
import io
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import soundfile

from josie_bench.corpora._sound import read_sound
from josie_bench.terms.corpus import Corpus, FileMark, Item, Manifest, Source


def tar_of(files: dict[str, bytes], compression: str) -> bytes:
    """Return a tar archive of files, with the folder entries and leading `./` that packages have."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode=f"w:{compression}") as archive:
        folder = tarfile.TarInfo("./usr")
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
        for path, content in files.items():
            entry = tarfile.TarInfo(f"./{path}")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


def ar_member(name: str, content: bytes) -> bytes:
    """Return a member of an `ar` archive; an odd one is padded by a byte."""
    head = f"{name:<16}{0:<12}{0:<6}{0:<6}{'100644':<8}{len(content):<10}`\n".encode()
    return head + content + b"\n" * (len(content) % 2)


def write_deb(path: Path, files: dict[str, bytes], compression: str = "xz") -> Path:
    """Write a Debian package; its control archive is odd in length, as they may be."""
    data = ar_member(f"data.tar.{compression}", tar_of(files, compression))
    path.write_bytes(b"!<arch>\n" + ar_member("debian-binary", b"2.0\n") + ar_member("control.tar.xz", b"odd") + data)
    return path


def write_wheel(path: Path, files: dict[str, bytes]) -> Path:
    """Write a wheel."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def write_npm(path: Path, files: dict[str, bytes]) -> Path:
    """Write an npm package."""
    path.write_bytes(tar_of(files, "gz"))
    return path


def wav_of(samples: np.ndarray, rate_hz: int = 16_000) -> bytes:
    """Return a WAV file."""
    file = io.BytesIO()
    soundfile.write(file, samples, rate_hz, format="WAV", subtype="PCM_16")
    return file.getvalue()


FILES = {
    "usr/share/toy/en.txt": b"a train hello there you\nb test good evening to all\n",
    "usr/share/toy/a.wav": wav_of(np.full(1600, 0.25)),
    "usr/share/toy/b.wav": wav_of(np.full(3200, 0.5)),
    "usr/share/toy/readme": b"not ours",
}


def read_items(root: Path) -> tuple[Item, ...]:
    """Return the two utterances of the toy corpus."""
    lines = (root / "usr/share/toy/en.txt").read_text(encoding="utf-8").splitlines()
    return tuple(
        Item(
            id=name,
            split=split,
            language="en",
            speaker=f"toy-{name}",
            transcript=words,
            audio=f"usr/share/toy/{name}.wav",
        )
        for name, split, words in (line.split(" ", 2) for line in lines)
    )


def toy(package: Path) -> Corpus:
    """Return a corpus that comes from a package of `FILES`."""
    source = Source(
        kind="deb",
        name="toy",
        version="1.0",
        file=package.name,
        sha256=hashlib.sha256(package.read_bytes()).hexdigest(),
    )
    return Corpus(
        summary="a toy",
        kind="fetched",
        license="CC0-1.0",
        splits=("train", "test"),
        ships_weights=True,
        read_items=read_items,
        hear=read_sound,
        sources=(source,),
        keeps=lambda path: not path.endswith("readme"),
    )


def toy_manifest() -> Manifest:
    """Return what is frozen of the toy corpus, worked out here and not by what is tested."""
    return Manifest(
        files={
            path: FileMark(sha256=hashlib.sha256(content).hexdigest(), byte_count=len(content), source=0)
            for path, content in FILES.items()
            if not path.endswith("readme")
        },
        item_counts={"train": 1, "test": 1},
        minutes=0.3 / 60,
        languages=("en",),
    )
