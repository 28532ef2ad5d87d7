"""How long sessions stay at a place and for how long it is empty between them: drawn from a gamma law, or recorded.

The law's coefficient of variation is a setting: 0 is regular, 1 exponential (as many independent people come), and
above 1 many short stays and absences stand beside a few long ones, so that sessions come in bursts.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import repeat

import numpy as np

from josie_bench.terms.timebase import ns_from_ms
from josie_bench.terms.visits import Clips

EXPONENTIAL = 1.0
REGULAR = 1e-6  # what varies by no more is its mean: the law's shape would grow beyond all numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """Sessions of one place, drawn one after the other.

    Attributes:
        stays: how many windows each has; None is without end.
        absences_ns: for how long nobody is there after one that left or was refused.
        begin_ns: after how long the first comes, beside its phase.
    """

    stays: Iterator[int | None]
    absences_ns: Iterator[int]
    begin_ns: int = 0

    @property
    def clips(self) -> None:
        """No session of these hears or sees a recording by name."""
        return None

    def stay(self) -> tuple[int | None, int]:
        """Return how many windows the next session has, and for how long it stays after them."""
        return next(self.stays), 0

    def away_ns(self) -> int:
        """Return for how long nobody is there then."""
        return next(self.absences_ns)

    def refused_ns(self) -> int:
        """Return after how long somebody asks who comes after a refusal."""
        return next(self.absences_ns)


@dataclass(slots=True, kw_only=True)
class Recorded:
    """Sessions of one place as they were recorded, and from the first again when the recording is over.

    Attributes:
        visits_ns: from when until when each was there, in order.
        length_ns: of the recording.
        hop_ns: time between windows.
        named: what each hears and sees; empty where none does by name.
        turn: the one that comes next, 0-based.
    """

    visits_ns: Sequence[tuple[int, int]]
    length_ns: int
    hop_ns: int
    named: Sequence[Clips | None] = ()
    turn: int = 0

    @property
    def begin_ns(self) -> int:
        """After how long the first comes."""
        return self.visits_ns[0][0]

    @property
    def clips(self) -> Clips | None:
        """What the next session hears and sees, from its beginning; None where that is not said."""
        return self.named[self.turn] if self.named else None

    def stay(self) -> tuple[int, int]:
        """Return how many windows the next session has, and for how long it stays after them."""
        start, end = self.visits_ns[self.turn]
        return divmod(end - start, self.hop_ns)

    def away_ns(self) -> int:
        """Return for how long nobody is there then."""
        end = self.visits_ns[self.turn][1]
        self.turn = (self.turn + 1) % len(self.visits_ns)
        again_ns = 0 if self.turn else self.length_ns
        return again_ns + self.visits_ns[self.turn][0] - end

    def refused_ns(self) -> int:
        """Return after how long the one comes who follows one that was refused, and goes without its stay."""
        start, end = self.visits_ns[self.turn]
        return end - start + self.away_ns()


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
            yield 1 + int(draw.random() * found_length(beyond, variation, draw) + draw.random())
        while True:
            yield 1 + int(drawn_length(beyond, variation, draw) + draw.random())


def drawn_absences_ns(away_ms: float, variation: float, draw: np.random.Generator) -> Iterator[int]:
    """Yield for how long nobody is there, without end."""
    if not away_ms:
        yield from repeat(0)
    while True:
        yield ns_from_ms(drawn_length(away_ms, variation, draw))


def drawn_begin_ns(stay_ms: float | None, away_ms: float, variation: float, draw: np.random.Generator) -> int:
    """Return what is left of the absence in whose midst a place begins; 0 where somebody is there.

    Without it no trial would be long enough for the few long absences of a large variation. By the exponential law all
    places begin with somebody, so that a seed gives the sessions it gave before there were other laws.
    """
    if stay_ms is None or variation == EXPONENTIAL or draw.random() * (stay_ms + away_ms) >= away_ms:
        return 0
    return ns_from_ms(draw.random() * found_length(away_ms, variation, draw))


def kept_ms(away_ms: float, grace_ms: float, variation: float) -> float:
    """Return for how long a seat is kept on average behind each visit, which is for the grace at most."""
    if not grace_ms:
        return 0.0
    if variation == EXPONENTIAL:
        return away_ms * -math.expm1(-grace_ms / away_ms)
    if variation <= REGULAR:
        return min(away_ms, grace_ms)
    from scipy import special  # the pacer, which reads this module too, begins sooner without

    shape = variation**-2
    within = grace_ms * shape / away_ms
    return float(away_ms * special.gammainc(shape + 1.0, within) + grace_ms * special.gammaincc(shape, within))


def drawn_length(mean: float, variation: float, draw: np.random.Generator) -> float:
    """Return a length of that mean and coefficient of variation, by the gamma law."""
    return draw.gamma(variation**-2, mean * variation**2) if variation > REGULAR else mean


def found_length(mean: float, variation: float, draw: np.random.Generator) -> float:
    """Return a length as somebody finds it who comes at an instant: longer ones are found more often."""
    return draw.gamma(variation**-2 + 1.0, mean * variation**2) if variation > REGULAR else mean
