"""The machines of a fleet as a table: what each is, how far its clock is off, and what was lost on the way."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from josie_bench.reports._cells import Table, table_of
from josie_bench.reports._words import ABSENT, counted
from josie_bench.terms.fleet import FleetHost
from josie_bench.terms.noise_floor import pinning_words
from josie_bench.terms.result import CaseResult, Result

TITLE = "Machines of the fleet"
HEADS = ("host", "CPU", "GPU", "workers", "cores of each", "cases", "clock ahead of the gatherer's", "noise floors")
WORDS = (
    "The cases were shared out over these machines. Those that are held against each other stayed on one worker; "
    "numbers of different hosts are of different machines, and are never pooled."
)
LOST_TITLE = "Tried again, or not used"
LOST_HEADS = ("worker", "case", "what came of it")


def fleet_rows(result: Result) -> list[tuple[str, ...]]:
    """Return a row for each machine; none where the run is of one process."""
    fleet = result.fleet
    return [] if fleet is None else [_row(result, host, fleet.lost) for host in fleet.hosts]


def fleet_table(result: Result) -> Table:
    """Return the table of machines."""
    return table_of(HEADS, fleet_rows(result))


def lost_rows(result: Result) -> list[tuple[str, ...]]:
    """Return a row for each attempt that gave nothing, and for each worker that was refused or lost."""
    return list(_lost(result))


def lost_table(result: Result) -> Table:
    """Return the table of what was lost."""
    return table_of(LOST_HEADS, lost_rows(result))


def on_host(case: CaseResult) -> str:
    """Return the case's id, and the host where there are several."""
    return case.id if case.host is None else f"{case.id} on {case.host}"


def _row(result: Result, host: FleetHost, lost: Collection[str]) -> tuple[str, ...]:
    gpus = host.facts.get("gpu")
    names = [str(gpu.get("name")) for gpu in gpus if isinstance(gpu, Mapping)] if isinstance(gpus, list) else []
    cores = sorted({len(worker.cores) for worker in host.workers})
    return (
        host.label,
        str(host.facts.get("cpu", ABSENT)),
        ", ".join(names) or ABSENT,
        _workers_words(host, lost),
        " or ".join(map(str, cores)),
        str(sum(case.host == host.label for case in result.cases)),
        _clock_words(host),
        _floors_words(host),
    )


def _workers_words(host: FleetHost, lost: Collection[str]) -> str:
    gone = sum(worker.name in lost for worker in host.workers)
    return f"{len(host.workers)}, {gone} of them lost" if gone else str(len(host.workers))


def _clock_words(host: FleetHost) -> str:
    if host.clock_offset_ms is None or host.clock_error_ms is None:
        return ABSENT
    return f"{host.clock_offset_ms:+.1f} ± {host.clock_error_ms:.1f} ms"


def _floors_words(host: FleetHost) -> str:
    if host.noise_floors:
        return counted(len(host.noise_floors), "noise floor")
    return f"none: josie-bench calibrate measures one there{pinning_words(host.facts)}"


def _lost(result: Result) -> Iterator[tuple[str, ...]]:
    for case in result.cases:
        for attempt in case.attempts:
            yield attempt.worker, case.id, f"tried again: {attempt.reason}"
    if result.fleet is not None:
        for refusal in result.fleet.refused:
            what = "used no more" if refusal.worker in result.fleet.lost else "not used"
            yield refusal.worker, ABSENT, f"{what}: {refusal.reason}"
