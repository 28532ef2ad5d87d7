"""Steps in a series: the piecewise constant fit of least absolute error, with as many pieces as its length can tell.

For each number of pieces the best fit, the least of a Potts functional (Friedrich et al., 2008), is found exactly, by
dynamic programming over where the last piece begins. Among them the one is taken that is least in 4·ln(n)/n · pieces +
ln(floor + error), a criterion of the kind of Schwarz's for errors that follow Laplace's law: half the error must pay
for about n / (6·ln n) more pieces.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LEAST_SEGMENT = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A stretch of a series at one level, from `start` up to but without `stop`."""

    start: int
    stop: int
    level: float


def segments(values: Floats, margin: float, least: int = LEAST_SEGMENT) -> list[Segment]:
    """Return the stretches of a series between its steps; a step that is no larger than the margin is none.

    Args:
        values: `[runs]` in order of time; logarithms where the margin is of a factor.
        margin: up to which two levels are the same.
        least: how many values a stretch has at least.
    """
    if not len(values):
        return []
    edges = _best_edges(values, margin, least)
    found = [_segment(values, start, stop) for start, stop in itertools.pairwise(edges)]
    return _merged(values, found, margin)


def _merged(values: Floats, found: list[Segment], margin: float) -> list[Segment]:
    """Return the stretches with the closest neighbours made one, until all lie further apart than the margin."""
    while len(found) > 1:
        steps = [abs(after.level - before.level) for before, after in itertools.pairwise(found)]
        place = int(np.argmin(steps))
        if steps[place] > margin:
            break
        found[place : place + 2] = [_segment(values, found[place].start, found[place + 1].stop)]
    return found


def _segment(values: Floats, start: int, stop: int) -> Segment:
    return Segment(start=start, stop=stop, level=float(np.median(values[start:stop])))


def _best_edges(values: Floats, margin: float, least: int) -> list[int]:
    """Return where the stretches of the best fit begin, and the end."""
    n = len(values)
    most = max(1, n // least)
    errors = _errors(values, least)
    total = np.full((most + 1, n + 1), math.inf)
    begins = np.zeros((most + 1, n + 1), dtype=np.int64)
    total[0, 0] = 0.0
    for pieces in range(1, most + 1):
        for stop in range(min(least, n), n + 1):
            ways = total[pieces - 1, :stop] + errors[:stop, stop]
            begins[pieces, stop] = start = int(np.argmin(ways))
            total[pieces, stop] = ways[start]
    floor = max(margin * n / 10.0, 1e-12)  # what lies within a tenth of the margin is noise that nobody asks about
    scores = [4.0 * math.log(n) / n * k + math.log(floor + total[k, n]) for k in range(1, most + 1)]
    edges = [n]
    for pieces in range(int(np.argmin(scores)) + 1, 0, -1):
        edges.append(int(begins[pieces, edges[-1]]))
    return edges[::-1]


def _errors(values: Floats, least: int) -> Floats:
    """Return the sum of distances from the median of every stretch, `[start, stop]`; infinite where it is too short."""
    n = len(values)
    errors = np.full((n, n + 1), math.inf)
    for start in range(n):
        for stop in range(start + min(least, n), n + 1):
            piece = values[start:stop]
            errors[start, stop] = float(np.abs(piece - np.median(piece)).sum())
    return errors
