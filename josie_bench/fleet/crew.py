"""The crew of a fleet: workers that may be used, what each may take of its machine, and what that machine is."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from josie_bench.errors import UsageError
from josie_bench.fleet import CLOCK, GREET, NO_FILES, Answer, Fleet, Lost, Request
from josie_bench.fleet.hearing import Greeting, Settled, clock_in, greeting_in, one_line, refusal_in, settled_in
from josie_bench.fleet.worker import settle_request
from josie_bench.terms.fleet import FleetHost, FleetUse, FleetWorker, Refusal
from josie_bench.terms.timebase import ms_from_s

Heard = TypeVar("Heard")
PINGS = 8
PATIENCE_S = 600.0  # for a worker that starts on another machine: its environment may have to be brought there first


@dataclass(slots=True, kw_only=True)
class Crew:
    """The workers of a fleet so far.

    Attributes:
        store: where `calibrate` keeps its noise floors, on every machine.
        here: workers that may be used, with what is theirs, by name.
        host_of: label of the machine of each worker.
        hosts: by label.
        inbox: answers that came while others were waited for.
        machines: label by machine and the cores that its workers share.
    """

    fleet: Fleet
    store: Path
    here: dict[str, FleetWorker] = field(default_factory=dict)
    host_of: dict[str, str] = field(default_factory=dict)
    hosts: dict[str, FleetHost] = field(default_factory=dict)
    refused: list[Refusal] = field(default_factory=list)
    inbox: deque[tuple[str, Answer | Lost]] = field(default_factory=deque)
    machines: dict[tuple[str, ...], str] = field(default_factory=dict)

    def next(self) -> tuple[str, Answer | Lost]:
        """Return the next answer and whose it is."""
        if self.inbox:
            return self.inbox.popleft()
        found = self.fleet.next()
        assert found is not None, "without a timeout it waits"
        return found

    def refuse(self, worker: str, reason: str) -> None:
        """Use a worker no more."""
        self.here.pop(worker, None)
        self.refused.append(Refusal(worker=worker, reason=one_line(reason)))

    def answer(self, worker: str, request: Request, files: Mapping[str, bytes] = NO_FILES) -> Answer:
        """Return what a worker that is not busy says, however long that takes.

        Raises:
            UsageError: it refused, or was lost; it is started again then, and let in anew if it can be.
        """
        self.fleet.ask(worker, request, files)
        while True:
            found = self.fleet.next()
            assert found is not None, "without a timeout it waits"
            if found[0] != worker:
                self.inbox.append(found)
                continue
            said = found[1]
            if isinstance(said, Lost):
                self.enlist([worker])
                raise UsageError(said.reason)
            if (reason := refusal_in(said.told)) is not None:
                raise UsageError(reason)
            return said

    def use(self) -> FleetUse:
        """Return what a result says of the fleet."""
        return FleetUse(scheduler=self.fleet.scheduler, hosts=list(self.hosts.values()), refused=list(self.refused))

    def enlist(self, workers: Sequence[str]) -> None:
        """Let workers in that can do what is asked, each with cores of its own; refuse the others with the reason.

        One that was let in before and had to be started again keeps its cores, and is not used on another machine.
        """
        greetings = self._accepted({worker: {"ask": GREET} for worker in workers}, greeting_in)
        for shared, members in _shared(greetings).items():
            self._place(shared, {worker: greetings[worker] for worker in members})
        placed = [worker for worker in greetings if worker in self.here]
        requests = {worker: settle_request(self.here[worker].cores, self.store) for worker in placed}
        for worker, settled in self._accepted(requests, settled_in).items():
            try:
                self._describe(worker, settled)
            except UsageError as error:
                self.refuse(worker, str(error))

    def _place(self, shared: tuple[str, ...], greetings: Mapping[str, Greeting]) -> None:
        """Share the cores of a machine out over those of its workers that have none yet."""
        moved = [
            worker for worker in greetings if worker in self.here and self.host_of[worker] != self.machines.get(shared)
        ]
        for worker in moved:
            self.refuse(worker, "it was started again on another machine, whose cores may be others'")
        fresh = [worker for worker in greetings if worker not in self.host_of]
        for worker, cores in _slices(shared[1:], fresh).items():
            if not cores:
                self.refuse(worker, f"{len(shared) - 1} cores for {len(fresh)} workers: each needs one of its own")
                continue
            self.here[worker] = FleetWorker(name=worker, cores=cores, gpus=greetings[worker].gpus)
            self.host_of[worker] = self.machines.setdefault(shared, f"host{len(self.machines) + 1}")

    def _accepted(
        self, requests: Mapping[str, Request], read: Callable[[Mapping[str, Any]], Heard]
    ) -> dict[str, Heard]:
        """Send each worker its request and return what those say that can be used; the others are refused."""
        found = {}
        for worker, told in self._all(requests).items():
            try:
                if (reason := refusal_in(told)) is None:
                    found[worker] = read(told)
                    continue
            except UsageError as error:
                reason = str(error)
            self.refuse(worker, reason)
        return found

    def _describe(self, worker: str, settled: Settled) -> None:
        """Note the worker's machine, with its clock where that was not looked at yet.

        Raises:
            UsageError: its clock says what no clock does.
        """
        label = self.host_of[worker]
        own = self.here[worker] = replace(self.here[worker], niceness=settled.niceness)
        if label in self.hosts:
            host = self.hosts[label]
            others = [other for other in host.workers if other.name != worker]
            self.hosts[label] = replace(host, workers=[*others, own])
            return
        offset_ms, error_ms = self._clock(worker)
        self.hosts[label] = FleetHost(
            label=label,
            facts=settled.facts,
            workers=[own],
            clock_offset_ms=offset_ms,
            clock_error_ms=error_ms,
            noise_floors=settled.noise_floors,
        )

    def _clock(self, worker: str) -> tuple[float | None, float | None]:
        """Return how far the worker's clock is ahead of this one, and by how much that can be wrong, in ms.

        Both are None where it did not say.

        Of several round trips the shortest says most: the worker looked at its clock somewhere within it.
        """
        trips = []
        for _ in range(PINGS):
            asked = datetime.now(UTC).timestamp()
            told = self._all({worker: {"ask": CLOCK}})[worker]
            back = datetime.now(UTC).timestamp()
            if refusal_in(told) is None:
                trips.append((back - asked, clock_in(told) - (asked + back) / 2))
        if not trips:
            return None, None
        trip_s, offset_s = min(trips)
        return ms_from_s(offset_s), ms_from_s(trip_s) / 2

    def _all(self, requests: Mapping[str, Request]) -> dict[str, dict[str, Any]]:
        """Send each worker its request and return what all say; one that is lost or silent has refused."""
        for worker, request in requests.items():
            self.fleet.ask(worker, request)
        told: dict[str, dict[str, Any]] = {}
        while len(told) < len(requests):
            found = self.fleet.next(PATIENCE_S)
            if found is None:
                silent = {"refused": f"it did not answer within {PATIENCE_S:g} s"}
                return {worker: told.get(worker, silent) for worker in requests}
            worker, said = found
            if worker in requests:
                told[worker] = {"refused": said.reason} if isinstance(said, Lost) else dict(said.told)
            else:
                self.inbox.append(found)
        return {worker: told[worker] for worker in requests}


def _shared(greetings: Mapping[str, Greeting]) -> dict[tuple[str, ...], list[str]]:
    """Return the workers that share cores: by machine and cores, for a container has its own of them."""
    found: dict[tuple[str, ...], list[str]] = {}
    for worker, greeting in greetings.items():
        found.setdefault((greeting.machine, *map(str, greeting.cores)), []).append(worker)
    return found


def _slices(cores: Sequence[str], workers: Sequence[str]) -> dict[str, list[int]]:
    """Return the cores of each worker: equal shares that do not overlap; none where there are too few."""
    each = len(cores) // max(len(workers), 1)
    return {name: [int(core) for core in cores[at * each : (at + 1) * each]] for at, name in enumerate(workers)}
