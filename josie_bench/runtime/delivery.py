"""Delivery: the client's windows, over a line with faults, to the receiver, which gives the windows that arrive."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np

from josie_bench.runtime.chunks import chunks_of
from josie_bench.runtime.line import Line, legs_of, skewed_ms
from josie_bench.runtime.receiver import Receiver
from josie_bench.terms.fault import SKEWED, Fault
from josie_bench.terms.window import Window

DRAWN = 8  # what a fault's draws are for, beside the case's own seed


class Delivery:
    """A session's windows on their way.

    Args:
        cut: gives the window of an index as the client has it; all of one length.
        faults: that may hold in a window.
        seed: of the case.
        frame_ms: how long a frame of audio is.
        frame_samples: and of how many samples.
        spared: the places of faults that do not hold after all.

    Attributes:
        receiver: where the chunks arrive.
        hits: chunks that each fault has touched, by its place.
    """

    def __init__(
        self,
        cut: Callable[[int], Window],
        faults: Sequence[Fault],
        *,
        seed: int,
        frame_ms: float,
        frame_samples: int,
        spared: frozenset[int] = frozenset(),
    ) -> None:
        self._cut = cut
        self._faults = faults
        self._seed = seed
        self._frame_ms = frame_ms
        self._spared = spared
        self.receiver = Receiver(frame_samples)
        self.hits: Counter[int] = Counter()
        self._line = Line()
        self._next = 0
        self._first: int | None = None

    def begin(self, first: int) -> None:
        """Count faults from this window on."""
        self._first = first

    def reconnect(self, index: int) -> None:
        """Begin anew with this window; what was on its way is lost."""
        self._line, self._next = Line(), index
        self.receiver.restart(index * self._cut(index).frame_count, index)

    def window(self, index: int) -> Window:
        """Return the window of an index with what has arrived at its close; they are asked for in order."""
        sent = self._cut(index)
        close_ms = (index + 1) * sent.frame_count * self._frame_ms
        while self._next <= index or self._begins_ms(self._next, sent.frame_count) <= close_ms:
            self._send(self._next)
            self._next += 1
        self.receiver.take(self._line.arrived(close_ms))
        return self.receiver.window(sent)

    def _holding(self, index: int) -> tuple[int, Fault] | None:
        """Return the place of the fault that holds in a window, and it; None where none does."""
        if self._first is None:
            return None
        at = index - self._first
        held = ((place, fault) for place, fault in enumerate(self._faults) if fault.holds(at))
        return next(((place, fault) for place, fault in held if place not in self._spared), None)

    def _begun_ms(self, fault: Fault, frame_count: int) -> float:
        assert self._first is not None
        return (self._first + fault.at) * frame_count * self._frame_ms

    def _begins_ms(self, index: int, frame_count: int) -> float:
        """Return when the first frame of a window arrives, which a clock that is too fast brings forward."""
        whole_ms = (index * frame_count + 1) * self._frame_ms
        held = self._holding(index)
        if held is None or held[1].kind != SKEWED:
            return whole_ms
        return skewed_ms(whole_ms, self._begun_ms(held[1], frame_count), held[1].ppm)

    def _send(self, index: int) -> None:
        window = self._cut(index)
        chunks = list(chunks_of(window, frame_ms=self._frame_ms))
        held = self._holding(index)
        place, fault = (0, None) if held is None else held
        begun_ms = 0.0 if fault is None else self._begun_ms(fault, window.frame_count)
        draw = np.random.default_rng([self._seed, DRAWN, place, index])
        legs, hits = legs_of(chunks, fault, draw, begun_ms)
        if hits:
            self.hits[place] += hits
        self._line.carry(legs)
