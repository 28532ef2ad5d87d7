"""How a training went: a line for every few steps, kept as JSON lines in `curve.jsonl`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path

from josie_bench.errors import WeightsError

CURVE = "curve.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """A line of the curve: the step that ended, means since the line before, and now and then what `look` found."""

    step: int
    lr: float
    losses: dict[str, float]
    elapsed_s: float
    held_out: dict[str, float] = field(default_factory=dict)


def curve_text(lines: Iterable[Progress]) -> str:
    """Return the text of a curve's file."""
    return "".join(json.dumps(asdict(line)) + "\n" for line in lines)


def read_curve(path: Path) -> list[Progress]:
    """Return the lines of a curve; none of one that is gone, for nothing depends on it.

    Raises:
        WeightsError: the file is broken.
    """
    if not path.exists():
        return []
    try:
        return [Progress(**json.loads(text)) for text in path.read_text(encoding="utf-8").splitlines()]
    except (ValueError, TypeError) as error:
        raise WeightsError(f"{path}: not a curve: delete it, and the piece goes on without what it said") from error
