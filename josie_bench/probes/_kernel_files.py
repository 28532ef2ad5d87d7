"""The files in which the kernel shows its numbers; what cannot be read is empty."""

from __future__ import annotations

from pathlib import Path


def text(path: Path) -> str:
    """Return what a file says."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def counts(path: Path) -> dict[str, int]:
    """Return the numbers of a file of lines such as `pswpin 12`, by name."""
    pairs = (line.split() for line in text(path).splitlines())
    return {pair[0]: int(pair[1]) for pair in pairs if len(pair) == 2 and pair[1].isdigit()}
