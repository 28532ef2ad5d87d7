"""What a piece begins with: files of weights that a recipe names."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from josie_bench.errors import UsageError
from josie_bench.model.shipped import SHIPPED, shipped_weights


def named_files(names: Iterable[str], preset: str, place: Path) -> tuple[Path, ...]:
    """Return the files of weights that a recipe names.

    Args:
        names: paths from `place`, or `shipped` for what comes with the preset.
        preset: that the recipe trains.
        place: the recipe's folder.

    Raises:
        UsageError: nothing ships with the preset, or a file is not there.
    """
    shipped = shipped_weights(preset)
    if shipped is None and SHIPPED in names:
        raise UsageError(f"weights: none are shipped with {preset}: name a file")
    files = tuple(shipped if name == SHIPPED and shipped else place / name for name in names)
    for file in files:
        if not file.exists():
            raise UsageError(
                f"{file.resolve()}: no such file of weights: train the recipe that leaves it, or name another"
            )
    return files
