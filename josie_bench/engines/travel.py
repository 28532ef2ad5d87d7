"""An engine on its way from one store to another: its files by name, known by what its manifest says.

The store that gives it away verifies it first, and the one that takes it in believes none of it: it has to be the
engine that was sent for, of the recipe that is wanted here, with the files that its manifest names and no others. Only
then is it sealed, as one that was built here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from josie_bench.engines.manifest import MANIFEST_FILE, Manifest, Recipe, file_fault, open_manifest, write_manifest
from josie_bench.engines.store import landing
from josie_bench.errors import EngineError

NO_NAMES = ("", ".", "..")


def content_sha256(manifest: Manifest) -> str:
    """Return what an engine is, in whichever store it lies: the sha256 (hex) of all that its seal is put on."""
    return hashlib.sha256(json.dumps(manifest.content(), sort_keys=True).encode()).hexdigest()


def packed(manifest: Manifest) -> dict[str, bytes]:
    """Return the files of a verified engine by name, its manifest among them."""
    return {name: (manifest.folder / name).read_bytes() for name in (*manifest.files, MANIFEST_FILE)}


def take_in(root: Path, recipe: Recipe, files: Mapping[str, bytes], sha256: str) -> None:
    """Put an engine that came from elsewhere into the store at `root`, sealed as one that was built there.

    Args:
        root: the store.
        recipe: of the engine that is wanted here.
        files: that came, by name.
        sha256: of the engine that was sent for, as `content_sha256`.

    Raises:
        EngineError: it is another engine, or its files are not those that its manifest names; nothing is kept then.
        OutputError: the store cannot be written.
    """
    if strange := [name for name in files if name in NO_NAMES or Path(name).name != name or "\0" in name]:
        raise EngineError(f"what came as {recipe.folder_name} has a file {strange[0]!r}, which is no name of one")
    with landing(root, recipe) as place:
        for name, content in files.items():
            (place / name).write_bytes(content)
        manifest = open_manifest(place)
        if manifest.recipe.fingerprint != recipe.fingerprint:
            raise EngineError(f"what came as {recipe.folder_name} was built from something else")
        if content_sha256(manifest) != sha256:
            raise EngineError(f"what came as {recipe.folder_name} is not the engine that was sent for")
        if (fault := file_fault(manifest)) is not None:
            raise EngineError(f"what came as {recipe.folder_name} was changed on its way: {fault}")
        write_manifest(manifest)
