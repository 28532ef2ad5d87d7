"""`suite.lock.yaml`: the resolved suite beside its results, readable as a suite again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from josie_bench.errors import OutputError


def write_lock(locked: dict[str, Any], file: Path) -> None:
    """Write what `expand.lock` returned.

    Raises:
        OutputError: the file cannot be written.
    """
    writer = YAML()
    writer.default_flow_style = False
    writer.width = 120
    try:
        with file.open("w", encoding="utf-8") as stream:
            writer.dump(locked, stream)
    except OSError as error:
        raise OutputError(f"{file}: cannot be written: {error.strerror}") from error
