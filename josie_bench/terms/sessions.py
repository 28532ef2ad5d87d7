"""Many sessions on one model: when each one's windows close, where in the recordings it begins, when it leaves.

Sessions come at random phases, or in lock-step, which is the worst that can happen to a queue: all windows close at one
instant. A place that a session leaves is taken by a new one with its next window, so that the load stays what it is,
or is empty for a while. Who comes back soon enough finds its state as it was; who comes when all seats are taken is
refused, and somebody else asks after such a while.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, replace
from heapq import merge
from itertools import count, islice
from typing import Any

import numpy as np

from josie_bench.terms.admission import Door
from josie_bench.terms.schedule import Blocks, Slot, slots
from josie_bench.terms.timebase import ns_from_ms

RANDOM, LOCKSTEP = "random", "lockstep"
PHASES = (RANDOM, LOCKSTEP)
NEVER, LATE = "never", "late"
SHEDDING = (NEVER, LATE)
SEQUENTIAL, CONTINUOUS = "sequential", "continuous"
BATCHING = (SEQUENTIAL, CONTINUOUS)
MOST_SLOTS = 64  # sessions that one engine holds as a batch
MOST_HOPS_IN = 1000  # a session begins so many hops into the recordings at most
PHASE, BEGIN, STAY, AWAY = 1, 4, 5, 7  # what a draw is for, beside the case's own seed


@dataclass(frozen=True, slots=True, kw_only=True)
class Sessions:
    """How many sessions there are at a time, and how they come.

    Attributes:
        count: places, each with one session at a time.
        phase: one of `PHASES`.
        shedding: one of `SHEDDING`: whether a window is dropped that is late before work on it begins.
        batching: one of `BATCHING`: one window after the other, or all that wait are stepped together.
        stay_ms: how long a session lasts on average, of a geometric number of windows; None is to the end.
        away_ms: for how long a place is empty on average after a session or a refusal, exponential.
        grace_ms: who is away for no longer is the same session, whose seat and state were kept; others are new.
        admit: the most sessions at a time, those that are kept included; None refuses nobody.
    """

    count: int = 1
    phase: str = RANDOM
    shedding: str = NEVER
    batching: str = SEQUENTIAL
    stay_ms: float | None = None
    away_ms: float = 0.0
    grace_ms: float = 0.0
    admit: int | None = None

    @property
    def seats(self) -> int:
        """How many sessions the model holds at a time at most."""
        return self.count if self.admit is None else min(self.count, self.admit)

    @property
    def usual(self) -> float:
        """How many there are on average whose windows come; a seat that is kept for somebody is not one of them.

        A seat is taken for all visits of a session, what is between them and the grace after the last. How many are
        taken hangs on no more than the mean of that: Engset's system of so many sources, a seat and no line (1918).
        """
        if self.stay_ms is None or not self.away_ms:
            return float(self.seats)
        kept_ms = self.away_ms * -math.expm1(-self.grace_ms / self.away_ms)  # of a seat, for each visit
        free = self.away_ms * math.exp(-self.grace_ms / self.away_ms) / (self.stay_ms + kept_ms)  # away by there
        taken = 1.0  # with what chance all seats are, if there are so many
        for seats in range(1, self.seats + 1):
            taken = 1.0 / (1.0 + seats * free / ((self.count - seats + 1) * taken))
        busy = (self.count - (self.count - self.seats) * taken) / (1.0 + free)
        return busy * self.stay_ms / (self.stay_ms + kept_ms)

    @property
    def is_many(self) -> bool:
        """Whether there is more than one session in the course of a trial."""
        return self.count > 1 or self.stay_ms is not None

    @property
    def is_batched(self) -> bool:
        """Whether windows of several sessions are stepped together."""
        return self.batching == CONTINUOUS

    def phases_ns(self, hop_ns: int, seed: list[int]) -> list[int]:
        """Return by how much each place's schedule is shifted, `[places]`: less than a hop; in lock-step all alike."""
        first, *others = np.random.default_rng(seed).integers(0, hop_ns, size=self.count).tolist()
        return [first, *(others if self.phase == RANDOM else [first] * len(others))]


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One window's place among all sessions'.

    Attributes:
        index: 0-based, in the order in which windows close; of those that close at once the earlier place's first.
        place: which of the places; the seat where sessions are refused for want of one.
        session: 0-based, in the order in which sessions come, those that are refused included.
        slot: its place in the session's own schedule; index 0 opens the session.
        close_ns: when it closes, from the trial's start.
    """

    index: int
    place: int
    session: int
    slot: Slot
    close_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Timetable:
    """All that decides when which window of which session closes, the same in every process that reads it.

    Several sessions come at other phases in each of a case's trials, for what one draw of them holds another may not.
    """

    sessions: Sessions
    blocks: Blocks
    window_ms: float
    hop_ms: float
    seed: int
    shortest_hop_ns: int
    trial: int = 0

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Timetable:
        """Return the timetable whose fields were written as JSON."""
        nested = {"sessions": Sessions(**data["sessions"]), "blocks": Blocks.from_json(data["blocks"])}
        return cls(**(data | nested))

    def arrivals(self) -> Iterator[Arrival]:
        """Yield the windows of all sessions in the order in which they close, without end."""
        phases = self.sessions.phases_ns(self.shortest_hop_ns, self._drawn_from(PHASE))
        door, index = Door(seats=self.sessions.admit), count()
        places = [self._place(place, phase_ns, door) for place, phase_ns in enumerate(phases)]
        for close_ns, place, slot in merge(*places):
            if slot is not None:
                session, seat = door.inside[place]
                yield Arrival(index=next(index), place=seat, session=session, slot=slot, close_ns=close_ns)

    def _place(self, place: int, phase_ns: int, door: Door) -> Iterator[tuple[int, int, Slot | None]]:
        """Yield (close, place, slot) of the windows of one place, of one session after the other.

        The instant at which one comes or gives up its seat is yielded too, without a slot: what follows it is done
        when all that comes before, at any place, has been.
        """
        draws = {part: np.random.default_rng(self._drawn_from(part, place)) for part in (BEGIN, STAY, AWAY)}
        now_ns, is_first = phase_ns, True
        while True:
            yield now_ns, place, None
            if not door.enter(place):
                now_ns += self._away_ns(draws[AWAY])
                continue
            into_ns = 0 if is_first and place == 0 else self._into_media_ns(draws[BEGIN])
            is_first = False
            now_ns, away_ns = yield from self._visits(place, now_ns, into_ns, draws)
            yield now_ns + ns_from_ms(self.sessions.grace_ms), place, None
            door.leave(place)
            now_ns += away_ns

    def _visits(
        self, place: int, begun_ns: int, into_ns: int, draws: Mapping[int, np.random.Generator]
    ) -> Generator[tuple[int, int, Slot | None], None, tuple[int, int]]:
        """Yield the windows of one session, which goes on where it comes back in time.

        Returns:
            When its last window closes, and for how long its place is empty then.
        """
        grace_ns, last_ns = ns_from_ms(self.sessions.grace_ms), begun_ns
        windows = slots(self.blocks, window_ms=self.window_ms, hop_ms=self.hop_ms)
        while True:
            for slot in islice(windows, self._windows(draws[STAY])):
                last_ns = begun_ns + slot.close_ns
                yield last_ns, place, replace(slot, media_ns=slot.media_ns + into_ns)
            away_ns = self._away_ns(draws[AWAY])
            if not grace_ns or away_ns > grace_ns:
                return last_ns, away_ns
            begun_ns += away_ns

    def _drawn_from(self, *what: int) -> list[int]:
        """Return what a draw is seeded with; the first trial's have no number, as one session's never have."""
        return [self.seed, *what, *([self.trial] if self.trial and self.sessions.is_many else [])]

    def _into_media_ns(self, draw: np.random.Generator) -> int:
        if self.sessions.phase == LOCKSTEP:
            return 0
        return int(draw.integers(0, MOST_HOPS_IN)) * ns_from_ms(self.hop_ms)

    def _away_ns(self, draw: np.random.Generator) -> int:
        return ns_from_ms(draw.exponential(self.sessions.away_ms)) if self.sessions.away_ms else 0

    def _windows(self, draw: np.random.Generator) -> int | None:
        """Return how many windows the next session has; None is without end."""
        if self.sessions.stay_ms is None:
            return None
        return int(draw.geometric(min(1.0, self.hop_ms / self.sessions.stay_ms)))
