"""The digest of this package's code: what was made by other code is other work."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

import josie_bench

# Decide what an engine is; of the nouns its profiles and its tensors do.
ENGINES = ("model", "engines", "backends", "terms/profile.py", "terms/signature.py")


@cache
def code_digest(parts: tuple[str, ...] = ENGINES) -> str:
    """Return the sha256 (hex) of files and folders of code, named below the package."""
    package = Path(josie_bench.__file__).parent
    digest = hashlib.sha256()
    for part in parts:
        place = package / part
        for file in sorted(place.rglob("*.py")) if place.is_dir() else (place,):
            digest.update(file.relative_to(package).as_posix().encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()
