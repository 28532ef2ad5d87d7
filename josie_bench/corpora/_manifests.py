"""The frozen lists of files in `manifests/`: one compact JSON a fetched corpus, gzip where it is large."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from josie_bench.terms.corpus import SPLITS, FileMark, Item, Manifest

SCHEMA = "josie-bench/corpus.v1"
FOLDER = Path(__file__).parent / "manifests"
LARGE = 100_000  # bytes above which one is compressed


def read_manifest(name: str) -> Manifest:
    """Return the frozen list of a fetched corpus."""
    plain = FOLDER / f"{name}.json"
    content = plain.read_bytes() if plain.exists() else gzip.decompress((FOLDER / f"{name}.json.gz").read_bytes())
    return decode(content)


def decode(content: bytes) -> Manifest:
    """Return the manifest that a JSON text holds."""
    told = json.loads(content)
    assert told["schema"] == SCHEMA, told["schema"]
    files = {
        path: FileMark(sha256=sha256, byte_count=byte_count, source=source)
        for path, (sha256, byte_count, source) in told["files"].items()
    }
    return Manifest(
        files=files,
        item_counts=told["item_counts"],
        minutes=told["minutes"],
        languages=tuple(told["languages"]),
        items_sha256=told["items_sha256"],
    )


def encode(manifest: Manifest) -> bytes:
    """Return a manifest as JSON, a line a file, the same bytes for the same content."""
    head = {
        "schema": SCHEMA,
        "item_counts": dict(manifest.item_counts),
        "minutes": None if manifest.minutes is None else round(manifest.minutes, 2),
        "languages": list(manifest.languages),
        "items_sha256": manifest.items_sha256,
    }
    lines = [f"{json.dumps(key)}:{json.dumps(value)}" for key, value in head.items()]
    files = [
        f"{json.dumps(path)}:{json.dumps([mark.sha256, mark.byte_count, mark.source], separators=(',', ':'))}"
        for path, mark in sorted(manifest.files.items())
    ]
    return ("{" + ",\n".join([*lines, '"files":{\n' + ",\n".join(files) + "}}"]) + "\n").encode()


def packed(name: str, manifest: Manifest) -> tuple[str, bytes]:
    """Return the file name and the bytes under which a manifest is shipped."""
    content = encode(manifest)
    if len(content) <= LARGE:
        return f"{name}.json", content
    return f"{name}.json.gz", gzip.compress(content, mtime=0)


def items_sha256(items: Iterable[Item]) -> str:
    """Return the sha256 of all that is said of items; a cleaned transcript that changes is seen here."""
    digest = hashlib.sha256()
    for item in sorted(items, key=lambda one: one.id):
        words = (item.id, item.split, item.language, item.speaker, item.transcript, item.audio, item.picture)
        digest.update(json.dumps([*words, item.group, item.role], ensure_ascii=False).encode())
    return digest.hexdigest()


def item_counts(items: Iterable[Item]) -> dict[str, int]:
    """Return how many items each split has; a split without any is left out."""
    found = Counter(item.split for item in items)
    return {split: found[split] for split in SPLITS if found[split]}


def languages_of(items: Iterable[Item]) -> tuple[str, ...]:
    """Return the languages of items, sorted."""
    return tuple(sorted({item.language for item in items if item.language is not None}))
