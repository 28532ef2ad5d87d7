"""How a training went: a line for every few steps, kept as JSON lines in `curve.jsonl`."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

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
        return [_line(json.loads(text)) for text in path.read_text(encoding="utf-8").split("\n") if text]
    except (OSError, ValueError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise WeightsError(f"{path}: not a curve: delete it, and the piece goes on without what it said") from error


def _line(said: dict[str, Any]) -> Progress:
    line = Progress(**said)
    numbers = (line.lr, line.elapsed_s, *line.losses.values(), *line.held_out.values())
    if type(line.step) is not int or not all(type(number) in (int, float) for number in numbers):
        raise TypeError
    for number in numbers:
        float(number)  # fails on one that is too large, as does what follows on half a character
    "".join((*line.losses, *line.held_out)).encode()
    return line
