"""Trained weights that come with the package: `trained/PRESET.safetensors`, with a card beside each. No torch here."""

from __future__ import annotations

from pathlib import Path

SHIPPED = "shipped"  # what a suite writes for them
FOLDER = Path(__file__).parent / "trained"


def shipped_weights(preset: str) -> Path | None:
    """Return the file of trained weights that comes with a preset, or None where none does."""
    file = FOLDER / f"{preset}.safetensors"
    return file if file.is_file() else None


def is_shipped(file: str | Path) -> bool:
    """Return whether a file of weights is one of those that come with the package."""
    return Path(file).parent == FOLDER
