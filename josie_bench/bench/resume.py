"""A run that another process can go on with: how it is begun, and taken up again where the journal says it stood."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import josie_bench
from josie_bench.bench.journal import Journal, Record, begin_journal, open_journal
from josie_bench.bench.kept import TRIAL, Kept
from josie_bench.bench.run_state import RunState, moment
from josie_bench.errors import UsageError
from josie_bench.probes.host import booted, host_facts, with_held
from josie_bench.terms.case import Case
from josie_bench.terms.result import MACHINE, RESTART, Result, Resumed

RUN, RESUMED, ENDED = "run", "resumed", "ended"
TRIALS = "trials"
LOCK = "suite.lock.yaml"
Asked = Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRun:
    """A run in its folder, which nobody else can write meanwhile.

    Attributes:
        path: of the folder.
        command: the subcommand that runs it, and can go on with it.
        asked: what else that was asked, by names of its own: what the suite's cases do not hold.
    """

    state: RunState
    path: Path
    journal: Journal
    command: str
    asked: Asked = field(default_factory=dict)

    @property
    def kept(self) -> Kept:
        """What the run keeps of its cases."""
        return Kept(self.journal, self.path / TRIALS)

    @property
    def begun_with(self) -> frozenset[str]:
        """Ids of the cases that the last process began with; more may have been found on the way."""
        return frozenset(name for name, _ in _begun(self.journal)[-1]["cases"])

    def start(self, cases: Sequence[Case]) -> None:
        """Note that this process begins the run or goes on with it; what its trials left and nobody needs is removed.

        Raises:
            OutputError: the journal cannot be written.
        """
        state = self.state
        told: dict[str, object] = {"suite": state.suite, "suite_sha256": state.suite_sha256}
        told |= _who(state.held) | {"asked": self.asked, "cases": [[case.id, case.sha] for case in cases]}
        if not self.journal.of(RUN):
            more = {"id": state.id, "started": state.started, "command": self.command}
            self.journal.append(RUN, **more, **told)
            return
        self.journal.append(RESUMED, started=moment(), changed=_changed(self.journal, told["host"]), **told)
        state.resumed += [
            Resumed(started=record["started"], host_fingerprint=record["host"], changed=record.get("changed"))
            for record in self.journal.of(RESUMED)
        ]
        self.kept.sweep(cases)

    def is_complete(self, cases: Sequence[Case], settings: Mapping[str, Mapping[str, object]]) -> bool:
        """Return whether the run has ended with just these cases, and nothing was changed or is asked anew since.

        Args:
            cases: that the run is to have.
            settings: of each, as the lock writes them.
        """
        last = self.journal.records[-1]
        if last["kind"] != ENDED or self.asked != _asked(self.journal):
            return False
        if [name for name in last["cases"] if name in self.begun_with] != [case.id for case in cases]:
            return False
        return all(self.kept.is_finished(case, settings[case.id]) for case in cases)

    def end(self, result: Result) -> None:
        """Note that the reports are written, and let go of the folder.

        Raises:
            OutputError: the journal cannot be written.
        """
        self.journal.append(ENDED, status=result.run.status, cases=[case.id for case in result.cases])
        self.journal.close()


def begin_run(state: RunState, folder: Path, command: str, asked: Asked | None = None) -> OpenRun:
    """Return a run that is about to begin in its folder, which is there and empty.

    Raises:
        OutputError: the journal cannot be written.
    """
    return OpenRun(state=state, path=folder, journal=begin_journal(folder), command=command, asked=asked or {})


def take_up_run(
    folder: Path, command: str, *, is_any_host: bool = False, held: Mapping[str, float] | None = None
) -> OpenRun:
    """Return the run of a folder as it stood when its process ended.

    Args:
        folder: of the run.
        command: the subcommand that goes on with it.
        is_any_host: whether it may have been begun on another machine.
        held: what its GPU is held at, by fact of the host.

    Raises:
        OutputError: the folder cannot be written.
        UsageError: it cannot be gone on with here; the message says why.
    """
    journal = open_journal(folder)
    try:
        begun = _begun(journal)
        _check(begun, folder, command, held or {}, is_any_host=is_any_host)
    except UsageError:
        journal.close()
        raise
    first, last = begun[0], begun[-1]
    state = RunState(
        id=first["id"],
        suite=last["suite"],
        suite_sha256=last["suite_sha256"],
        started=first["started"],
        held=held or {},
    )
    return OpenRun(state=state, path=folder, journal=journal, command=command, asked=_asked(journal))


def _begun(journal: Journal) -> list[Record]:
    """Return the records of the processes that began the run and went on with it, in order."""
    return [*journal.of(RUN), *journal.of(RESUMED)]


def _asked(journal: Journal) -> Asked:
    """Return what the last process was asked besides the suite."""
    asked: Asked = _begun(journal)[-1].get("asked", {})
    return asked


def _changed(journal: Journal, host: object) -> str | None:
    """Return `machine` or `restart` if that came between the run's last trial and now, on `host`; else None."""
    if _begun(journal)[-1]["host"] != host:
        return MACHINE
    last = max(record["started"] for record in [*_begun(journal), *journal.of(TRIAL)])
    return RESTART if booted() > datetime.fromisoformat(last) else None


def _check(
    begun: Sequence[Record], folder: Path, command: str, held: Mapping[str, float], *, is_any_host: bool
) -> None:
    """Raise why this process cannot go on with the run, if it cannot."""
    if not begun:
        raise UsageError(f"{folder}: its process ended before the run began: run the suite anew")
    first, here = begun[0], _who(held)
    if first["command"] != command:
        raise UsageError(f"{folder}: go on with it by: josie-bench {first['command']} --resume {folder}")
    if first["tool"] != here["tool"]:
        other, this = first["tool"], here["tool"]
        raise UsageError(
            f"{folder}: begun by josie-bench {other}, and this is {this}: go on with {other}, or run the suite anew"
        )
    if first["host"] != here["host"] and not is_any_host:
        raise UsageError(
            f"{folder}: begun on another machine, or this one has changed (--gpu-clock and --gpu-power count): "
            "go on there, run the suite anew, or mix the trials of both with --allow-other-host"
        )


def _who(held: Mapping[str, float]) -> dict[str, object]:
    """Return what goes on with a run: the tool, the machine with its GPU held or not, the process."""
    host = with_held(host_facts(), held)["fingerprint"]
    return {"tool": josie_bench.__version__, "host": host, "process": os.getpid()}
