"""A run that another process can go on with: how it is begun, and taken up again where the journal says it stood."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import josie_bench
from josie_bench.bench.journal import Journal, Record, begin_journal, open_journal
from josie_bench.bench.kept import Kept
from josie_bench.bench.run_state import RunState, moment
from josie_bench.errors import UsageError
from josie_bench.probes.host import host_facts
from josie_bench.terms.case import Case
from josie_bench.terms.result import Result, Resumed

RUN, RESUMED, ENDED = "run", "resumed", "ended"
TRIALS = "trials"
LOCK = "suite.lock.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenRun:
    """A run in its folder, which nobody else can write meanwhile.

    Attributes:
        path: of the folder.
        command: the subcommand that runs it, and can go on with it.
    """

    state: RunState
    path: Path
    journal: Journal
    command: str

    @property
    def kept(self) -> Kept:
        """What the run keeps of its cases."""
        return Kept(self.journal, self.path / TRIALS)

    @property
    def begun_with(self) -> frozenset[str]:
        """Ids of the cases that the last process began with; more may have been found on the way."""
        last = [*self.journal.of(RUN), *self.journal.of(RESUMED)][-1]
        return frozenset(name for name, _ in last["cases"])

    def start(self, cases: Sequence[Case]) -> None:
        """Note that this process begins the run or goes on with it; what its trials left and nobody needs is removed.

        Raises:
            OutputError: the journal cannot be written.
        """
        state = self.state
        told: dict[str, object] = {"suite": state.suite, "suite_sha256": state.suite_sha256}
        told |= _who() | {"cases": [[case.id, case.sha] for case in cases]}
        if not self.journal.of(RUN):
            more = {"id": state.id, "started": state.started, "command": self.command}
            self.journal.append(RUN, **more, **told)
            return
        self.journal.append(RESUMED, started=moment(), **told)
        state.resumed += [
            Resumed(started=record["started"], host_fingerprint=record["host"]) for record in self.journal.of(RESUMED)
        ]
        self.kept.sweep()

    def is_complete(self, cases: Sequence[Case], settings: Mapping[str, Mapping[str, object]]) -> bool:
        """Return whether the run has ended with just these cases, and nothing about them has changed since.

        Args:
            cases: that the run is to have.
            settings: of each, as the lock writes them.
        """
        last = self.journal.records[-1]
        if last["kind"] != ENDED or last["cases"] != [case.id for case in cases]:
            return False
        return all(self.kept.is_finished(case, settings[case.id]) for case in cases)

    def end(self, result: Result) -> None:
        """Note that the reports are written, and let go of the folder.

        Raises:
            OutputError: the journal cannot be written.
        """
        self.journal.append(ENDED, status=result.run.status, cases=[case.id for case in result.cases])
        self.journal.close()


def begin_run(state: RunState, folder: Path, command: str) -> OpenRun:
    """Return a run that is about to begin in its folder, which is there and empty.

    Raises:
        OutputError: the journal cannot be written.
    """
    return OpenRun(state=state, path=folder, journal=begin_journal(folder), command=command)


def take_up_run(folder: Path, command: str, *, is_any_host: bool = False) -> OpenRun:
    """Return the run of a folder as it stood when its process ended.

    Args:
        folder: of the run.
        command: the subcommand that goes on with it.
        is_any_host: whether it may have been begun on another machine.

    Raises:
        OutputError: the folder cannot be written.
        UsageError: it cannot be gone on with here; the message says why.
    """
    journal = open_journal(folder)
    try:
        begun = [*journal.of(RUN), *journal.of(RESUMED)]
        _check(begun, folder, command, is_any_host=is_any_host)
    except UsageError:
        journal.close()
        raise
    first, last = begun[0], begun[-1]
    state = RunState(id=first["id"], suite=last["suite"], suite_sha256=last["suite_sha256"], started=first["started"])
    return OpenRun(state=state, path=folder, journal=journal, command=command)


def _check(begun: Sequence[Record], folder: Path, command: str, *, is_any_host: bool) -> None:
    """Raise why this process cannot go on with the run, if it cannot."""
    if not begun:
        raise UsageError(f"{folder}: its process ended before the run began: run the suite anew")
    first, here = begun[0], _who()
    if first["command"] != command:
        raise UsageError(f"{folder}: go on with it by: josie-bench {first['command']} --resume {folder}")
    if first["tool"] != here["tool"]:
        other, this = first["tool"], here["tool"]
        raise UsageError(
            f"{folder}: begun by josie-bench {other}, and this is {this}: go on with {other}, or run the suite anew"
        )
    if first["host"] != here["host"] and not is_any_host:
        raise UsageError(
            f"{folder}: begun on another machine, or this one has changed: go on there, run the suite anew, "
            "or mix the trials of both with --allow-other-host"
        )


def _who() -> dict[str, object]:
    """Return what goes on with a run: the tool, the machine, the process."""
    return {"tool": josie_bench.__version__, "host": host_facts()["fingerprint"], "process": os.getpid()}
