"""Whose windows are answered in a trial under way: who is refused or sent away, and when their windows count."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from josie_bench.runtime.pacer import Tick
from josie_bench.terms.admission import Forecaster
from josie_bench.terms.case import Case
from josie_bench.terms.eviction import Evictor


@dataclass(slots=True, kw_only=True)
class Admitting:
    """The sessions that are let in and stay.

    Attributes:
        forecaster: that decides who is let in; None lets everybody in.
        evictor: that decides who is sent away; None sends nobody away.
        taken: how many windows have been let in so far.
        passed: how many of those refused or sent away have had their turn.
    """

    forecaster: Forecaster | None = None
    evictor: Evictor | None = None
    taken: int = 0
    passed: int = 0

    @classmethod
    def of(cls, case: Case) -> Admitting:
        """Return what decides in a trial of a case, before the first has come."""
        return cls(forecaster=case.forecaster(), evictor=case.evictor())

    def let_in(self, arrived: Iterable[Tick]) -> list[Tick]:
        """Return the windows of sessions that are let in, numbered as if those of others had never come.

        Args:
            arrived: in the order in which they closed, behind all that came before.
        """
        return [self._numbered(tick) for tick in arrived if self.lets_in(tick.arrival.session, tick.scheduled_ns)]

    def _numbered(self, tick: Tick) -> Tick:
        if self.forecaster is None:
            return tick
        self.taken += 1
        return replace(tick, arrival=replace(tick.arrival, index=self.taken - 1))

    def lets_in(self, session: int, close_ns: int) -> bool:
        """Return whether a session is in with a window that closes then; windows come in order."""
        if self.forecaster is not None and not self.forecaster.lets_in(session, close_ns):
            return False
        if self.evictor is not None:
            self.evictor.came(session, close_ns)
        return True

    def is_gone(self, session: int) -> bool:
        """Return whether a session was sent away."""
        return self.evictor is not None and session in self.evictor.gone

    def look(self, now_ns: int) -> None:
        """Send a session away if those that are there were not held."""
        if self.evictor is not None:
            self.evictor.look(now_ns)

    def dropped(self, session: int, now_ns: int) -> bool:
        """Take note of a window that was dropped at its turn, and return whether because its session was sent away."""
        if self.is_gone(session):
            self.passed += 1
            return True
        if self.evictor is not None:
            self.evictor.dropped(now_ns)
        return False

    def answered(self, close_ns: int, started_ns: int, finished_ns: int) -> int:
        """Take note of an answer, and return how many windows of those refused had their turn before it.

        In their turn, and not as they come: a trial must not end for them while others wait for their answers.

        Args:
            close_ns: when the window closed that was answered.
            started_ns: when work on it began.
            finished_ns: when its answer was there.
        """
        if self.evictor is not None:
            self.evictor.answered(close_ns, finished_ns)
        if self.forecaster is None:
            return 0
        self.forecaster.note(finished_ns, finished_ns - started_ns)
        passed = self.forecaster.passed(close_ns)
        self.passed += passed
        return passed
