"""A server in virtual time, window by window: who is let in, sent away, dropped and stepped together, and when."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from josie_bench.bench.admitting import Admitting
from josie_bench.terms.case import Case
from josie_bench.terms.recording import Bools, Ints
from josie_bench.terms.sessions import LATE, Arrival
from josie_bench.terms.timebase import ns_from_ms
from josie_bench.terms.waiting_line import WaitingLine


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """What became of windows.

    Attributes:
        is_in: `[windows]` whether each is of a session that was let in; the others are of none of what follows.
        started, finished: `[windows]` when each was, in ns; 0 where it was dropped.
        is_shed: `[windows]` whether it was dropped because it was late before its turn.
        is_evicted: `[windows]` whether its session had been sent away before its turn.
    """

    is_in: Bools
    started: Ints
    finished: Ints
    is_shed: Bools
    is_evicted: Bools

    def of_those_in(self) -> tuple[Ints, Ints, Bools, Bools]:
        """Return when windows of those let in were started and finished, and which were shed and which evicted."""
        return (
            self.started[self.is_in],
            self.finished[self.is_in],
            self.is_shed[self.is_in],
            self.is_evicted[self.is_in],
        )


def serve(case: Case, arrivals: Sequence[Arrival], service: Ints) -> Served:
    """Return what becomes of windows by the same rules as in a trial.

    Stepped together are, where a case asks for it, all that wait when the server is free, of each session one. That
    takes what the first of them takes by itself and the law's `further_ms` for every other.

    Args:
        case: whose windows they are.
        arrivals: `[windows]` in the order in which they close.
        service: `[windows]` what each takes by itself, ns.
    """
    assert case.simulated is not None
    further_ns, deadline_ns = ns_from_ms(case.simulated.further_ms), ns_from_ms(case.deadline_ms)
    nothing, nobody = np.zeros_like(service), np.zeros(len(service), dtype=np.bool_)
    found = Served(
        is_in=nobody, started=nothing, finished=nothing.copy(), is_shed=nobody.copy(), is_evicted=nobody.copy()
    )
    admitting = Admitting.of(case)
    line = WaitingLine[Arrival](
        sheds=case.sessions.shedding == LATE, is_gone=lambda arrival: admitting.is_gone(arrival.session)
    )
    coming, free = deque(arrivals), 0
    while coming or len(line):
        now = free if len(line) else max(free, coming[0].close_ns)
        while coming and coming[0].close_ns <= now:
            arrival = coming.popleft()
            found.is_in[arrival.index] = admitting.lets_in(arrival.session, arrival.close_ns)
            if found.is_in[arrival.index]:
                line.join(arrival.close_ns + deadline_ns, arrival)
        admitting.look(now)
        together = _take(case, line, now)
        for arrival in line.dropped:
            is_evicted = admitting.dropped(arrival.session, now)
            (found.is_evicted if is_evicted else found.is_shed)[arrival.index] = True
        line.dropped.clear()
        if together:
            free = now + int(service[together[0].index]) + (len(together) - 1) * further_ns
            for arrival in together:
                found.started[arrival.index], found.finished[arrival.index] = now, free
                admitting.answered(arrival.close_ns, now, free)
    return found


def _take(case: Case, line: WaitingLine[Arrival], now_ns: int) -> list[Arrival]:
    """Return the window whose turn it is, or all that are stepped together; none where nobody waits."""
    if case.sessions.is_batched:
        return line.take_together(now_ns, lambda arrival: arrival.place)
    turn = line.take(now_ns)
    return [] if turn is None else [turn]
