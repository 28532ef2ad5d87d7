"""When a GPU was at work, on the host's clock: CUDA events between what the host saw before and after them.

An event that was recorded after the host's instant `h` happened later than `h`; one that a wait had seen by the instant
`t` happened before `t`. CUDA says how far events lie apart from each other, so all that are placed together bound the
distance of the two clocks from both sides, and the narrowest bounds count. Half of what they leave open is the error.
Clocks that drift apart do no harm: nothing is kept from one placing to the next. Never run on a GPU.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic_ns
from typing import Any

from josie_bench.backends import GpuSpan
from josie_bench.terms.timebase import ns_from_ms

MOST_WAITING = 256  # spells that wait to be placed; they are, before there are more
MOST_KEPT = 4096  # spans that nobody asked for; a component has three a frame, and none of a window may be lost


class HostEvent:
    """An event where there is no stream: it is passed at once, by the host's clock."""

    def __init__(self) -> None:
        self._at_ns = 0

    def record(self) -> None:
        """Note the instant."""
        self._at_ns = monotonic_ns()

    def elapsed_time(self, end_event: HostEvent) -> float:
        """Return the milliseconds from this one to another."""
        return (end_event._at_ns - self._at_ns) / 1e6


@dataclass(slots=True)
class Spell:
    """A stretch of a stream that is not placed yet, and whose it is."""

    name: str
    whose: deque[GpuSpan]
    asked_ns: int
    begin: Any
    end: Any
    seen_ns: int | None = None


class GpuClock:
    """The spells of one stream, in the order in which it was asked for them.

    Args:
        make_event: one that can be timed, as `torch.cuda.Event`.
        now: the host's clock, nanoseconds.

    Attributes:
        waits: how often the host has waited for the stream.
    """

    def __init__(self, make_event: Callable[[], Any], now: Callable[[], int] = monotonic_ns) -> None:
        self._make_event = make_event
        self._now = now
        self.waits = 0
        self._spare: list[Any] = []
        self._waiting: deque[Spell] = deque()

    @contextmanager
    def spell(self, name: str, whose: deque[GpuSpan]) -> Iterator[None]:
        """Time what the stream is asked for within; `whose` gets it when it is placed."""
        begin, end = self._event(), self._event()
        asked_ns = self._now()
        begin.record()
        yield
        end.record()
        self._waiting.append(Spell(name, whose, asked_ns, begin, end))

    def caught_up(self) -> None:
        """Note that the host has just waited for all that the stream was asked for."""
        now = self._now()
        self.waits += 1
        for spell in reversed(self._waiting):
            if spell.seen_ns is not None:
                break
            spell.seen_ns = now
        if len(self._waiting) >= MOST_WAITING:
            self.place()

    def place(self) -> None:
        """Give every spell that a wait has seen to its owner, on the host's clock."""
        seen = [spell for spell in self._waiting if spell.seen_ns is not None]
        if not seen:
            return
        first = seen[0].begin
        at_ns = [
            (ns_from_ms(first.elapsed_time(spell.begin)), ns_from_ms(first.elapsed_time(spell.end))) for spell in seen
        ]
        least = max(spell.asked_ns - begin for spell, (begin, _) in zip(seen, at_ns, strict=True))
        most = min((spell.seen_ns or 0) - end for spell, (_, end) in zip(seen, at_ns, strict=True))
        apart, error = (least + most) // 2, (abs(most - least) + 1) // 2
        for spell, (begin, end) in zip(seen, at_ns, strict=True):
            spell.whose.append(GpuSpan(spell.name, apart + begin, apart + end, error))
            self._spare += (spell.begin, spell.end)
        self._waiting = deque(spell for spell in self._waiting if spell.seen_ns is None)

    def _event(self) -> Any:
        return self._spare.pop() if self._spare else self._make_event()
