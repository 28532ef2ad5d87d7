"""What a fleet's run keeps in its folder, so that another process can go on with it: lots that came home, and hosts."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from pydantic import TypeAdapter

from josie_bench.bench.journal import Journal, Record
from josie_bench.fleet.dispatch import Ended
from josie_bench.fleet.lots import Lot
from josie_bench.reports import read_run
from josie_bench.terms.fleet import Attempt, FleetHost

LOTS = "lots"  # the folder of those that came home, and the kind of their records
LOT, HOSTS = "lot", "hosts"
HOST = TypeAdapter(FleetHost)


class KeptLots:
    """The lots in a run's folder, as its journal tells of them.

    Args:
        journal: of the run.
        folder: of the run.
    """

    def __init__(self, journal: Journal, folder: Path) -> None:
        self._journal = journal
        self._folder = folder / LOTS

    def next_folder(self) -> Path:
        """Return where the next lot may be written."""
        return self._folder / f"{len(self._journal.of(LOT)):04d}"

    def keep(self, ended: Ended, host: str) -> None:
        """Note a lot that was written into `next_folder`.

        Raises:
            OutputError: the journal cannot be written.
        """
        folder = self.next_folder()
        self._journal.append(
            LOT,
            digest=ended.lot.digest,
            folder=folder.name,
            files=_digests(folder),
            worker=ended.worker,
            host=host,
            attempts=[asdict(attempt) for attempt in ended.attempts],
        )

    def ended(self, lot: Lot) -> tuple[Ended, str] | None:
        """Return a lot that came home, and the label of its host; None if it did not, or its files are not as noted."""
        records = [record for record in self._journal.of(LOT) if record["digest"] == lot.digest]
        if not records or not self._is_whole(records[-1]):
            return None
        record = records[-1]
        attempts = tuple(Attempt(**attempt) for attempt in record["attempts"])
        data = read_run(self._folder / record["folder"])
        return Ended(lot=lot, worker=record["worker"], data=data, attempts=attempts), record["host"]

    def keep_hosts(self, hosts: Mapping[str, FleetHost], machines: Mapping[tuple[str, ...], str]) -> None:
        """Note the machines of the fleet.

        Raises:
            OutputError: the journal cannot be written.
        """
        told = [HOST.dump_python(host) for host in hosts.values()]
        self._journal.append(HOSTS, hosts=told, machines=[[label, *machine] for machine, label in machines.items()])

    def hosts(self) -> tuple[dict[str, FleetHost], dict[tuple[str, ...], str]]:
        """Return the machines that were noted, by label, and their labels."""
        records = self._journal.of(HOSTS)
        if not records:
            return {}, {}
        hosts = [HOST.validate_python(told) for told in records[-1]["hosts"]]
        machines = {tuple(machine): label for label, *machine in records[-1]["machines"]}
        return {host.label: host for host in hosts}, machines

    def _is_whole(self, record: Record) -> bool:
        folder = self._folder / record["folder"]
        noted: dict[str, str] = record["files"]
        return folder.is_dir() and _digests(folder) == noted


def _digests(folder: Path) -> dict[str, str]:
    """Return the sha256 (hex) of each file in a folder, by name."""
    return {file.name: _sha256(file) for file in sorted(folder.iterdir()) if file.is_file()}


def _sha256(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
