"""A run in one archive to hand on: complete in itself, redacted, no larger than asked, the same bytes each time."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import josie_bench
from josie_bench.errors import OutputError, UsageError
from josie_bench.evidence.identity import Identity
from josie_bench.evidence.manifest import MANIFEST, file_sha256, sealed_lines
from josie_bench.evidence.redaction import redaction_of
from josie_bench.evidence.reproduce import SCRIPT
from josie_bench.evidence.shareable import ENVIRONMENT_FILE, RESULT_FILE, Shareable, shareable
from josie_bench.evidence.vocabulary import own_words
from josie_bench.suites.lock_file import LOCK
from josie_bench.writing import write_whole

SCHEMA = "josie-bench/bundle"
DESCRIPTION = "bundle.json"
ESSENTIAL = (RESULT_FILE, LOCK, SCRIPT, ENVIRONMENT_FILE)
TOO_LARGE = "the bundle would be larger than was asked for"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """An archive that was written; `left_out` says why a file is not in it, by its name."""

    path: Path
    byte_count: int
    files: tuple[str, ...]
    left_out: Mapping[str, str]


def write_bundle(folder: Path, identity: Identity, *, max_bytes: int, output: Path | None = None) -> Bundle:
    """Write the run in `folder` as a `.tar.gz` and return what became of it.

    Args:
        folder: of a run, as it was sealed.
        identity: whose words may not be in it.
        max_bytes: the most that the archive may have; the largest files that are not essential stay behind.
        output: the archive; by default it is named after the run, where one is.

    Raises:
        UsageError: it is no whole run folder, or not even the essential files fit.
        IntegrityError: it is not as it was sealed.
        OutputError: the archive cannot be written.
    """
    found = shareable(folder, redaction_of(identity, folder=folder, vocabulary=own_words()))
    path = output or Path(f"{found.run_id}.tar.gz")
    if path.resolve().is_relative_to(folder.resolve()):
        raise OutputError(f"{path}: lies in the run's folder, which is sealed: choose another --output")
    _drop_what_still_tells(found, identity)
    origin = file_sha256(folder / MANIFEST)
    content = _archive(found, origin)
    while len(content) > max_bytes:
        _drop_largest(found, max_bytes)
        content = _archive(found, origin)
    write_whole(path, content)
    return Bundle(path=path, byte_count=len(content), files=tuple(sorted(found.files)), left_out=found.left_out)


def _drop_what_still_tells(found: Shareable, identity: Identity) -> None:
    """Leave out what holds a home or a secret after all; a second look at the bytes, for want of trust in the first."""
    private = [word.encode() for word in (*identity.homes, *identity.secrets) if len(word) >= len("/home/x")]
    for name, content in list(found.files.items()):
        if any(word in content for word in private):
            del found.files[name]
            found.left_out[name] = "holds words that are private"


def _drop_largest(found: Shareable, max_bytes: int) -> None:
    sizes = {name: len(content) for name, content in found.files.items() if name not in ESSENTIAL}
    if not sizes:
        raise UsageError(f"--max-size {max_bytes:,} B: {', '.join(ESSENTIAL)} alone are larger: give it more")
    largest = max(sorted(sizes), key=sizes.__getitem__)
    del found.files[largest]
    found.left_out[largest] = TOO_LARGE


def _archive(found: Shareable, origin: str) -> bytes:
    """Return the archive: members in the order of their names, sealed, without times, owners and modes of anybody."""
    members = found.files | {DESCRIPTION: _description(found, origin)}
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in members.items()}
    members |= {MANIFEST: sealed_lines(digests).encode()}
    packed = io.BytesIO()
    with (
        gzip.GzipFile(fileobj=packed, mode="wb", filename="", mtime=0) as stream,
        tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        for name, content in sorted(members.items()):
            member = tarfile.TarInfo(f"{found.run_id}/{name}")
            member.size = len(content)
            member.mode = 0o755 if name == SCRIPT else 0o644
            archive.addfile(member, io.BytesIO(content))
    return packed.getvalue()


def _description(found: Shareable, origin: str) -> bytes:
    described = {
        "schema": SCHEMA,
        "schema_version": "1.0.0",
        "tool": josie_bench.__version__,
        "run": found.run_id,
        "manifest_sha256": origin,
        "files": sorted(found.files),
        "left_out": dict(sorted(found.left_out.items())),
    }
    return f"{json.dumps(described, indent=2, ensure_ascii=False)}\n".encode()
