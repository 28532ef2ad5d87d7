"""Lots to workers: each worker has one at a time, and a lot whose worker is lost is tried again by another."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from josie_bench.bench.run_state import moment
from josie_bench.errors import OutputError, UsageError
from josie_bench.fleet import Answer, Lost, Request
from josie_bench.fleet.crew import Crew
from josie_bench.fleet.hearing import one_line, refusal_in
from josie_bench.fleet.lots import Lot
from josie_bench.reports import RunData
from josie_bench.terms.fleet import Attempt


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a lot ended.

    Attributes:
        worker: that ran it; None if none could.
        data: what it sent home; None likewise.
        attempts: that gave nothing.
    """

    lot: Lot
    worker: str | None
    data: RunData | None
    attempts: tuple[Attempt, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """How lots are asked for and taken in.

    Attributes:
        request: for a lot.
        receive: takes what a worker sent of a lot; raises a UsageError if that is not what was asked for.
        most_attempts: workers that may be lost over a lot.
        on_begin: told which worker begins which lot.
        on_lost: told of an attempt that gave nothing.
    """

    request: Callable[[Lot], Request]
    receive: Callable[[Lot, Answer], RunData]
    most_attempts: int
    on_begin: Callable[[Lot, str], None] = lambda *_: None
    on_lost: Callable[[Lot, Attempt], None] = lambda *_: None


@dataclass(slots=True, kw_only=True)
class _Course:
    """A lot on its way: who tried it when, and how many were lost over it."""

    lot: Lot
    attempts: list[Attempt] = field(default_factory=list)
    lost: int = 0
    started: str = ""

    def ended(self, worker: str | None = None, data: RunData | None = None) -> Ended:
        return Ended(lot=self.lot, worker=worker, data=data, attempts=tuple(self.attempts))

    def is_for(self, worker: str, crew: Crew) -> bool:
        """Return whether a worker may have it: one that was lost over it only where every other was too."""
        tried = {attempt.worker for attempt in self.attempts}
        return worker not in tried or tried >= crew.here.keys()


def dispatched(crew: Crew, lots: Sequence[Lot], errand: Errand) -> Iterator[Ended]:
    """Hand the lots out and yield how each ended, as they end.

    A worker that is lost is started again and must be let in anew. One that sends what it was not asked for, or cannot
    do what it was, is used no more; that does not count against the lot.

    Raises:
        OutputError: what was sent cannot be written here.
    """
    waiting = deque(_Course(lot=lot) for lot in lots)
    busy: dict[str, _Course] = {}
    while waiting or busy:
        for worker in [name for name in crew.here if name not in busy]:
            course = next((course for course in waiting if course.is_for(worker, crew)), None)
            if course is not None:
                waiting.remove(course)
                course.started = moment()
                busy[worker] = course
                errand.on_begin(course.lot, worker)
                crew.fleet.ask(worker, errand.request(course.lot))
        if not busy:
            yield from (course.ended() for course in waiting)
            return
        worker, said = crew.next()
        if worker not in busy:  # what it was asked when it was let in, long after it was given up
            continue
        course = busy.pop(worker)
        data = _received(crew, course, worker, said, errand)
        if data is not None:
            yield course.ended(worker, data)
        elif course.lost < errand.most_attempts:
            waiting.appendleft(course)
        else:
            yield course.ended()


def _received(crew: Crew, course: _Course, worker: str, said: Answer | Lost, errand: Errand) -> RunData | None:
    """Return what a worker sent of a lot, or None after noting why it sent nothing of use."""
    if isinstance(said, Lost):
        reason = said.reason
        course.lost += 1
        crew.enlist([worker])
    elif (refused := refusal_in(said.told)) is not None:
        reason = refused
        crew.refuse(worker, reason)
    else:
        try:
            return errand.receive(course.lot, said)
        except OutputError:
            raise
        except UsageError as error:
            reason = str(error)
            crew.refuse(worker, reason)
    attempt = Attempt(worker=worker, reason=one_line(reason), started=course.started)
    course.attempts.append(attempt)
    errand.on_lost(course.lot, attempt)
    return None
