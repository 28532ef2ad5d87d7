"""Files that look like the kernel's, below a folder that stands for the root."""

from __future__ import annotations

from pathlib import Path


def put(root: Path, path: str, text: str) -> None:
    """Write `text` to `path` below `root`, its folders too."""
    place = root / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text, encoding="utf-8")
