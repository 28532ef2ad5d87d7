"""When a user's typed turns begin in mode `turn`: at instants whose distances follow a gamma law."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from josie_bench.terms.comings import EXPONENTIAL, drawn_length, found_length
from josie_bench.terms.schedule import Slot
from josie_bench.terms.timebase import ns_from_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Turns:
    """How often a user types a turn, whether or not the model is done with the one before.

    Attributes:
        every_ms: from the begin of one to that of the next on average.
        variation: coefficient of variation of that: 0 regular, 1 a Poisson process, above 1 in bursts.
    """

    every_ms: float
    variation: float = EXPONENTIAL

    def over(self, places: Iterator[Slot], draw: np.random.Generator) -> Iterator[Slot]:
        """Yield the windows of a session, each with the turn that began since the close before.

        A second one in the same hop is part of the first.
        """
        begins_ns = self._begins_ns(draw)
        following_ns = next(begins_ns)
        for place in places:
            turn_ns = following_ns if following_ns < place.close_ns else None
            while following_ns < place.close_ns:
                following_ns = next(begins_ns)
            yield replace(place, turn_ns=turn_ns)

    def _begins_ns(self, draw: np.random.Generator) -> Iterator[int]:
        """Yield when turns begin, from the session's start and without end.

        A session begins in the midst of a pause, as it is found by who looks at an instant: else regular turns of
        sessions that came together would begin together for ever.
        """
        at_ms = draw.random() * found_length(self.every_ms, self.variation, draw)
        while True:
            yield ns_from_ms(at_ms)
            at_ms += drawn_length(self.every_ms, self.variation, draw)


def turn_instants_ns(places: Sequence[Slot], scheduled_ns: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return when the turn began that comes with each window, `[windows]` on the clock of `scheduled_ns`; 0 of none.

    Args:
        places: of the windows in their sessions' schedules.
        scheduled_ns: `[windows]` when each closes.
    """
    since = [0 if place.turn_ns is None else place.close_ns - place.turn_ns for place in places]
    waited_ns = np.array(since, dtype=np.int64)
    return np.where(waited_ns > 0, scheduled_ns - waited_ns, 0)
