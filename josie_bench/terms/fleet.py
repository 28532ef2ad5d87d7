"""A fleet in a result: the machines that measured, each with its facts, clock and calibration, and what they lost."""

from __future__ import annotations

from dataclasses import dataclass, field

from josie_bench.terms.noise_floor import NoiseFloor


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A try at a case that gave nothing, so that it was made again.

    Attributes:
        worker: that tried.
        reason: why nothing came of it, one line.
        started: ISO 8601 in UTC.
    """

    worker: str
    reason: str
    started: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetWorker:
    """A worker: a process that measures one thing at a time, on what is its own.

    Attributes:
        name: `worker1` and so on.
        cores: that it and its trials are pinned to.
        gpus: that it sees, as its scheduler names them; empty for none.
        niceness: of its process; above 0 all else on the machine goes before it.
    """

    name: str
    cores: list[int]
    gpus: list[str] = field(default_factory=list)
    niceness: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetHost:
    """A machine of a fleet, or a part of one that its workers may run on.

    Attributes:
        label: `host1` and so on; cases bear it. A result holds no host's name.
        facts: what `host` says of an ordinary run, as its workers see the machine.
        workers: all that were let in, those that were lost later too.
        clock_offset_ms: how far its clock is ahead of that of the machine that gathered the run; None if untold.
        clock_error_ms: by how much that can be wrong: half of the shortest round trip; None likewise.
        noise_floors: what `calibrate` measured on it.
    """

    label: str
    facts: dict[str, object]
    workers: list[FleetWorker]
    clock_offset_ms: float | None
    clock_error_ms: float | None
    noise_floors: list[NoiseFloor] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A worker that was not let in, or was and is used no more, and why, one line."""

    worker: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetUse:
    """Which machines a run was shared out over.

    Attributes:
        scheduler: what started the workers, `local` or `ray`.
        refused: those that are among a machine's `workers` were lost later, the others never let in.
    """

    scheduler: str
    hosts: list[FleetHost]
    refused: list[Refusal] = field(default_factory=list)

    @property
    def noise_floors(self) -> tuple[NoiseFloor, ...]:
        """What `calibrate` measured on all of them."""
        return tuple(floor for host in self.hosts for floor in host.noise_floors)

    @property
    def lost(self) -> frozenset[str]:
        """The workers that were let in and could be used no more before all was done, by name."""
        here = {worker.name for host in self.hosts for worker in host.workers}
        return frozenset(refusal.worker for refusal in self.refused) & here

    def host(self, label: str | None) -> FleetHost | None:
        """Return the machine of that label, or None."""
        return next((host for host in self.hosts if host.label == label), None)
