"""How long sessions stay at a place and for how long it is empty between them: drawn from a gamma law.

Its coefficient of variation is the setting: 0 is regular, 1 exponential (as many independent people come), and above 1
many short stays and absences stand beside a few long ones, so that sessions come in bursts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import repeat

import numpy as np

from josie_bench.terms.timebase import ns_from_ms

EXPONENTIAL = 1.0
REGULAR = 1e-6  # what varies by no more is its mean: the law's shape would grow beyond all numbers


@dataclass(slots=True, kw_only=True)
class Comings:
    """The sessions of one place, one after the other.

    Attributes:
        stays: how many windows each has; None is without end.
        absences_ns: for how long nobody is there after one that left or was refused.
    """

    stays: Iterator[int | None]
    absences_ns: Iterator[int]


def drawn_stays(
    stay_ms: float | None, hop_ms: float, variation: float, draw: np.random.Generator, *, is_under_way: bool
) -> Iterator[int | None]:
    """Yield how many windows sessions have, without end: one at least, on average `stay_ms` long.

    The windows beyond the first follow the law and are rounded at random, which keeps the mean. The exponential has no
    memory and is geometric in whole windows.

    Args:
        stay_ms: how long they last on average; None is without end.
        hop_ms: time between windows.
        variation: coefficient of variation.
        draw: of this place.
        is_under_way: whether the first began before: what is left of it is drawn, by the law of what somebody finds
            who looks at an instant. Else all places of a regular law would leave at once.
    """
    if stay_ms is None:
        yield from repeat(None)
    elif variation == EXPONENTIAL:
        while True:
            yield int(draw.geometric(min(1.0, hop_ms / stay_ms)))
    else:
        beyond = max(0.0, stay_ms / hop_ms - 1.0)
        if is_under_way:
            yield 1 + int(draw.random() * _found(beyond, variation, draw) + draw.random())
        while True:
            yield 1 + int(_gamma(beyond, variation, draw) + draw.random())


def drawn_absences_ns(away_ms: float, variation: float, draw: np.random.Generator) -> Iterator[int]:
    """Yield for how long nobody is there, without end."""
    if not away_ms:
        yield from repeat(0)
    while True:
        yield ns_from_ms(_gamma(away_ms, variation, draw))


def _gamma(mean: float, variation: float, draw: np.random.Generator) -> float:
    return draw.gamma(variation**-2, mean * variation**2) if variation > REGULAR else mean


def _found(mean: float, variation: float, draw: np.random.Generator) -> float:
    """Return a length as somebody finds it who comes at an instant: longer ones are found more often."""
    return draw.gamma(variation**-2 + 1.0, mean * variation**2) if variation > REGULAR else mean
