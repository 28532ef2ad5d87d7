"""Whose windows are answered in a trial under way, where a forecast refuses sessions, and when those refused count."""

from __future__ import annotations

from dataclasses import dataclass, replace

from josie_bench.runtime.pacer import Tick
from josie_bench.terms.admission import Forecaster


@dataclass(slots=True, kw_only=True)
class Admitting:
    """The windows of those that are let in.

    Attributes:
        forecaster: that decides; None lets everybody in.
        taken: how many windows have been let in so far.
        passed: how many of those refused have had their turn.
    """

    forecaster: Forecaster | None = None
    taken: int = 0
    passed: int = 0

    def let_in(self, arrived: list[Tick]) -> list[Tick]:
        """Return the windows of sessions that are let in, numbered as if those of others had never come.

        Args:
            arrived: in the order in which they closed, behind all that came before.
        """
        if self.forecaster is None:
            return arrived
        taken = []
        for tick in arrived:
            if self.forecaster.lets_in(tick.arrival.session, tick.scheduled_ns):
                taken.append(replace(tick, arrival=replace(tick.arrival, index=self.taken)))
                self.taken += 1
        return taken

    def answered(self, tick: Tick, started_ns: int, finished_ns: int) -> int:
        """Take note of an answer, and return how many windows of those refused had their turn before it.

        In their turn, and not as they come: a trial must not end for them while others wait for their answers.
        """
        if self.forecaster is None:
            return 0
        self.forecaster.note(finished_ns, finished_ns - started_ns)
        passed = self.forecaster.passed(tick.scheduled_ns)
        self.passed += passed
        return passed
