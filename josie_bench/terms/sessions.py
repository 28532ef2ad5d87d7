"""Many sessions on one model: when each one's windows close, where in the recordings it begins, when it leaves.

Sessions come at random phases, or in lock-step, which is the worst that can happen to a queue: all windows close at one
instant. A place that a session leaves is taken by a new one with its next window, so that the load stays what it is,
or is empty for a while. Who comes back soon enough finds its state as it was; who comes when all seats are taken is
refused, and somebody else asks after such a while.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, replace
from heapq import merge
from itertools import count, islice
from typing import Any

import numpy as np

from josie_bench.terms.admission import Admission, Door
from josie_bench.terms.comings import (
    EXPONENTIAL,
    Drawn,
    Recorded,
    drawn_absences_ns,
    drawn_begin_ns,
    drawn_stays,
    kept_ms,
)
from josie_bench.terms.eviction import Eviction
from josie_bench.terms.schedule import Blocks, Slot, slots
from josie_bench.terms.timebase import ns_from_ms
from josie_bench.terms.turns import Turns
from josie_bench.terms.visits import Visits

RANDOM, LOCKSTEP = "random", "lockstep"
PHASES = (RANDOM, LOCKSTEP)
NEVER, LATE = "never", "late"
SHEDDING = (NEVER, LATE)
SEQUENTIAL, CONTINUOUS = "sequential", "continuous"
BATCHING = (SEQUENTIAL, CONTINUOUS)
MOST_SLOTS = 64  # sessions that one engine holds as a batch
MOST_HOPS_IN = 1000  # a session begins so many hops into the recordings at most
PHASE, BEGIN, STAY, AWAY, TURN = 1, 4, 5, 7, 8  # what a draw is for, beside the case's own seed
WINDOW, LEAVES, COMES = 0, 1, 2  # of what happens at one instant this is the order: who comes finds a seat just left
Event = tuple[int, int, int, Slot | None]  # instant, one of these, place, and of a window its slot


@dataclass(frozen=True, slots=True, kw_only=True)
class Sessions:
    """How many sessions there are at a time, and how they come.

    Attributes:
        count: places, each with one session at a time.
        phase: one of `PHASES`.
        shedding: one of `SHEDDING`: whether a window is dropped that is late before work on it begins.
        batching: one of `BATCHING`: one window after the other, or all that wait are stepped together.
        stay_ms: how long a session lasts on average; None is to the end.
        away_ms: for how long a place is empty on average after a session or a refusal.
        grace_ms: who is away for no longer is the same session, whose seat and state were kept; others are new.
        admit: the most sessions at a time, those that are kept included; None refuses nobody.
        variation: coefficient of variation of how long sessions last and places are empty, whose law is gamma.
        visits: when they come and go instead, at each place; None draws it.
        admission: when one that comes is let in by what was measured; None does not look at it.
        eviction: when one that is there is sent away; None sends nobody away.
    """

    count: int = 1
    phase: str = RANDOM
    shedding: str = NEVER
    batching: str = SEQUENTIAL
    stay_ms: float | None = None
    away_ms: float = 0.0
    grace_ms: float = 0.0
    admit: int | None = None
    variation: float = EXPONENTIAL
    visits: Visits | None = None
    admission: Admission | None = None
    eviction: Eviction | None = None

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Sessions:
        """Return the sessions whose fields were written as JSON."""
        visits, admission, eviction = data["visits"], data["admission"], data["eviction"]
        nested = {
            "visits": None if visits is None else Visits.from_json(visits),
            "admission": None if admission is None else Admission(**admission),
            "eviction": None if eviction is None else Eviction(**eviction),
        }
        return cls(**{**data, **nested})

    @property
    def seats(self) -> int:
        """How many sessions the model holds at a time at most."""
        return self.count if self.admit is None else min(self.count, self.admit)

    def usual(self, hop_ns: int) -> float:
        """Return how many there are on average whose windows come; a seat that is kept for somebody is not one of them.

        A seat is taken for all visits of a session, what is between them and the grace after the last. How many are
        taken hangs on no more than the mean of that: Engset's system of so many sources, a seat and no line (1918). He
        has who was refused stay away for as long as who left. With a grace that is so of the exponential alone: behind
        a session comes what is left of an absence, behind a refusal a whole one. Of 13 cases by other laws (variation
        0.3 to 3) that were simulated none was off by 5 %.

        Args:
            hop_ns: time between windows.
        """
        if self.visits is not None:
            windows = self.visits.windows(hop_ns, seats=self.seats, grace_ns=ns_from_ms(self.grace_ms))
            return windows * hop_ns / self.visits.length_ns
        if self.stay_ms is None or not self.away_ms:
            return float(self.seats)
        kept = kept_ms(self.away_ms, self.grace_ms, self.variation)
        free = max(0.0, self.away_ms - kept) / (self.stay_ms + kept)  # away by there
        taken = 1.0  # with what chance all seats are, if there are so many
        for seats in range(1, self.seats + 1):
            taken = 1.0 / (1.0 + seats * free / ((self.count - seats + 1) * taken))
        busy = (self.count - (self.count - self.seats) * taken) / (1.0 + free)
        return busy * self.stay_ms / (self.stay_ms + kept)

    @property
    def is_many(self) -> bool:
        """Whether there is more than one session in the course of a trial."""
        return self.count > 1 or self.stay_ms is not None or self.visits is not None

    @property
    def is_batched(self) -> bool:
        """Whether windows of several sessions are stepped together."""
        return self.batching == CONTINUOUS

    def phases_ns(self, hop_ns: int, seed: list[int]) -> list[int]:
        """Return from when on sessions come to each place, `[places]`.

        Where none are recorded it is less than a hop, and in lock-step all alike.
        """
        if self.visits is not None:
            return [0] * self.count
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
    turns: Turns | None = None

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Timetable:
        """Return the timetable whose fields were written as JSON."""
        nested = {"sessions": Sessions.from_json(data["sessions"]), "blocks": Blocks.from_json(data["blocks"])}
        nested["turns"] = None if data["turns"] is None else Turns(**data["turns"])
        return cls(**(data | nested))

    def arrivals(self) -> Iterator[Arrival]:
        """Yield the windows of all sessions in the order in which they close, without end."""
        phases = self.sessions.phases_ns(self.shortest_hop_ns, self._drawn_from(PHASE))
        door, index = Door(seats=self.sessions.admit), count()
        places = [self._place(place, phase_ns, door) for place, phase_ns in enumerate(phases)]
        for close_ns, _, place, slot in merge(*places):
            if slot is not None:
                session, seat = door.inside[place]
                yield Arrival(index=next(index), place=seat, session=session, slot=slot, close_ns=close_ns)

    def _place(self, place: int, phase_ns: int, door: Door) -> Iterator[Event]:
        """Yield the windows of one place, of one session after the other.

        The instant at which one comes or gives up its seat is yielded too, without a slot: what follows it is done
        when all that comes before, at any place, has been.
        """
        comings, into_media, turns = self._comings(place), self._draw(BEGIN, place), self._draw(TURN, place)
        now_ns, is_first = phase_ns + comings.begin_ns, True
        while True:
            yield now_ns, COMES, place, None
            if not door.enter(place):
                now_ns += comings.refused_ns()
                continue
            into_ns = 0 if is_first and place == 0 else self._into_media_ns(into_media)
            is_first = False
            now_ns, away_ns = yield from self._visits(place, now_ns, into_ns, comings, turns)
            yield now_ns + ns_from_ms(self.sessions.grace_ms), LEAVES, place, None
            door.leave(place)
            now_ns += away_ns

    def _visits(
        self, place: int, begun_ns: int, into_ns: int, comings: Drawn | Recorded, turns: np.random.Generator
    ) -> Generator[Event, None, tuple[int, int]]:
        """Yield the windows of one session, which goes on where it comes back in time.

        Returns:
            When it leaves, and for how long its place is empty then.
        """
        grace_ns, last_ns = ns_from_ms(self.sessions.grace_ms), begun_ns
        windows = slots(self.blocks, window_ms=self.window_ms, hop_ms=self.hop_ms)
        windows = windows if self.turns is None else self.turns.over(windows, turns)
        while True:
            clips, (stay, rest_ns) = comings.clips, comings.stay()
            for number, slot in enumerate(islice(windows, stay)):
                last_ns = begun_ns + slot.close_ns
                media_ns = slot.media_ns + into_ns if clips is None else number * slot.hop_ns
                yield last_ns, WINDOW, place, replace(slot, media_ns=media_ns, clips=clips)
            away_ns = comings.away_ns()
            if not grace_ns or away_ns > grace_ns:
                return last_ns + rest_ns, away_ns
            begun_ns += rest_ns + away_ns

    def _comings(self, place: int) -> Drawn | Recorded:
        """Return how the sessions of a place come and go."""
        if (recorded := self.sessions.visits) is not None:
            visits = recorded.spans_ns[place]
            named = recorded.clips[place] if recorded.clips else ()
            return Recorded(visits_ns=visits, length_ns=recorded.length_ns, hop_ns=self.shortest_hop_ns, named=named)
        said, stay, away = self.sessions, self._draw(STAY, place), self._draw(AWAY, place)
        is_random = said.phase == RANDOM  # in lock-step all begin at once
        begin_ns = drawn_begin_ns(said.stay_ms, said.away_ms, said.variation, away) if is_random else 0
        is_under_way = is_random and not begin_ns
        return Drawn(
            stays=drawn_stays(said.stay_ms, self.hop_ms, said.variation, stay, is_under_way=is_under_way),
            absences_ns=drawn_absences_ns(said.away_ms, said.variation, away),
            begin_ns=begin_ns,
        )

    def _draw(self, what: int, place: int) -> np.random.Generator:
        return np.random.default_rng(self._drawn_from(what, place))

    def _drawn_from(self, *what: int) -> list[int]:
        """Return what a draw is seeded with; the first trial's have no number, as one session's never have."""
        return [self.seed, *what, *([self.trial] if self.trial and self.sessions.is_many else [])]

    def _into_media_ns(self, draw: np.random.Generator) -> int:
        if self.sessions.phase == LOCKSTEP:
            return 0
        return int(draw.integers(0, MOST_HOPS_IN)) * ns_from_ms(self.hop_ms)
