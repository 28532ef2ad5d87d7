"""Which safetensors files make up a published checkpoint: one file, or a folder with or without an index."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from josie_bench.errors import WeightsError

SUFFIX = ".safetensors"
SHARD = re.compile(r"[^/\\:\x00-\x1f]+\.safetensors")  # a name without a folder, on any system
INDEX = "model.safetensors.index.json"
MOST_INDEX_BYTES = 2**26  # the largest published indices are a few MB


def find_shards(source: Path) -> tuple[Path, ...]:
    """Return the files of a checkpoint, sorted; `source` is one file or a folder.

    Raises:
        WeightsError: there is none, or the index names a file that is not there or not in the folder.
    """
    try:
        if not source.is_dir():
            return (source,)
        index = source / INDEX
        files = _indexed(index) if index.exists() else tuple(sorted(source.glob(f"*{SUFFIX}")))
        if files:
            return files
        held = ", ".join(sorted(path.name for path in source.iterdir())[:3]) or "nothing"
    except OSError as error:
        raise WeightsError(f"{source}: cannot be read: {error.strerror or error}") from error
    raise WeightsError(
        f"{source}: no {SUFFIX} file in it (it holds {held}): pickles are never read, take the {SUFFIX} files"
    )


def _indexed(index: Path) -> tuple[Path, ...]:
    """Return the files that an index names.

    Raises:
        OSError: it cannot be read.
        WeightsError: it is no index, or names a file that is not there or not in the folder.
    """
    names = sorted(set(_weight_map(index).values()))
    for name in names:
        if not SHARD.fullmatch(name):
            raise WeightsError(
                f"{index}: names {name!a}, which is no {SUFFIX} file in its folder: fetch the checkpoint again"
            )
    gone = [name for name in names if not (index.parent / name).exists()]
    if gone:
        told = ", ".join(ascii(name) for name in gone[:3])
        raise WeightsError(f"{index}: {len(gone)} of {len(names)} files are not here ({told}): fetch them too")
    return tuple(index.parent / name for name in names)


def _weight_map(index: Path) -> dict[str, str]:
    """Return which file holds which key."""
    if index.stat().st_size > MOST_INDEX_BYTES:
        raise WeightsError(f"{index}: larger than any index: fetch the checkpoint again")
    try:
        content: Any = json.loads(index.read_bytes())
    except (ValueError, RecursionError) as error:  # not UTF-8 and not JSON are both ValueErrors
        raise WeightsError(f"{index}: not JSON: fetch the checkpoint again") from error
    found = content.get("weight_map") if isinstance(content, dict) else None
    if not isinstance(found, dict) or not found or not all(isinstance(name, str) for name in found.values()):
        raise WeightsError(f"{index}: has no weight_map of keys to file names: fetch the checkpoint again")
    return found
