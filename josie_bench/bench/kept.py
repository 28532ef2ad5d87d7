"""What a run keeps of its cases, so that another process can go on with it: engines, trials and their recordings.

A trial is taken up again if it is of the same case with the same settings and inputs (the case's hash), on the same
engines (their fingerprints), was not interrupted, and its recording is what the journal says.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path

from josie_bench.bench.case_result import Engines
from josie_bench.bench.journal import Journal, Record
from josie_bench.bench.recording_file import load_recording
from josie_bench.bench.rounds import Round
from josie_bench.bench.supervise import TrialOutcome
from josie_bench.engines.store import EngineRequest
from josie_bench.plugins import find_member
from josie_bench.terms.case import Case
from josie_bench.terms.result import CaseResult, EngineUse, Subject

ENGINES, TRIAL, CASE = "engines", "trial", "case"
ITEMS = "items"
CUT_OFF = "INTERRUPTED"


class Kept:
    """The trials in a folder, as its run's journal tells of them.

    Args:
        journal: of the run.
        folder: where recordings lie.
    """

    def __init__(self, journal: Journal, folder: Path) -> None:
        self._journal = journal
        self._folder = folder

    @property
    def held(self) -> tuple[int, ...]:
        """What a trial's process keeps open, so that nobody goes on with the run before it has ended."""
        return self._journal.held

    def next_folder(self) -> Path:
        """Return where the next trial may write."""
        return self._folder / f"{len(self._journal.of(TRIAL)):04d}"

    def items_folder(self, case: Case, engines: Engines | None, index: int) -> Path:
        """Return where a trial of the case keeps items that it has judged, for the trial that goes on with it."""
        told = [case.id, case.sha, None if engines is None else engines.digest, index]
        return self._folder / f"{ITEMS}-{_digest(told)[:16]}"

    def keep_engines(self, case: Case, engines: Engines) -> None:
        """Note what the case runs with.

        Raises:
            OutputError: the journal cannot be written.
        """
        uses = [asdict(use) for use in engines.uses]
        self._journal.append(ENGINES, case=case.id, sha=case.sha, uses=uses, subject=asdict(engines.subject))

    def engines(self, case: Case) -> Engines | None:
        """Return what the case ran with, or None if it has not run yet or would run with something else now."""
        records = self._of(ENGINES, case)
        if not records:
            return None
        now = _fingerprints(case)
        for record in reversed(records):
            engines = Engines(
                uses=tuple(EngineUse(**use) for use in record["uses"]), subject=Subject(**record["subject"])
            )
            if now is None or {use.component: use.fingerprint for use in engines.uses} == now:
                return engines
        return None

    def keep_trial(self, case: Case, engines: Engines | None, round_: Round) -> None:
        """Note how a trial ended and what it recorded; one that was not cut off needs its single items no more.

        Raises:
            OutputError: the journal cannot be written.
        """
        outcome = round_.outcome
        file = outcome.recording_file
        self._journal.append(
            TRIAL,
            case=case.id,
            sha=case.sha,
            engines=None if engines is None else engines.digest,
            round=round_.index,
            started=round_.started,
            status=outcome.status,
            reason=outcome.reason,
            files=list(outcome.files),
            recording=None if file is None else {"file": file.name, "sha256": _sha256(file)},
        )
        if outcome.status != CUT_OFF:
            shutil.rmtree(self.items_folder(case, engines, round_.index), ignore_errors=True)

    def rounds(self, case: Case, engines: Engines | None, *, with_cut_off: bool = False) -> list[Round]:
        """Return the case's trials by their index: those that need not be run again, or interrupted ones too."""
        found = self._trials(case, engines, with_cut_off=with_cut_off)
        return [self._round(found[index]) for index in sorted(found)]

    def _trials(self, case: Case, engines: Engines | None, *, with_cut_off: bool = False) -> dict[int, Record]:
        digest = None if engines is None else engines.digest
        found = {}
        for record in self._of(TRIAL, case):
            is_done = with_cut_off or record["status"] != CUT_OFF
            is_its = record["engines"] == digest and record["round"] < case.rounds
            if is_done and is_its and self._is_whole(record):
                found[record["round"]] = record
        return found

    def keep_case(self, case: Case, result: CaseResult) -> None:
        """Note that the case is finished, if that is not noted yet.

        Raises:
            OutputError: the journal cannot be written.
        """
        told = {"settings": _digest(result.settings), "status": result.status, "result": _digest(asdict(result))}
        last = self._last_case(case)
        if last is None or {name: last[name] for name in told} != told:
            self._journal.append(CASE, case=case.id, sha=case.sha, **told)

    def is_finished(self, case: Case, settings: Mapping[str, object]) -> bool:
        """Return whether there is nothing left to do for the case."""
        last = self._last_case(case)
        if last is None or last["settings"] != _digest(settings):
            return False
        return not self._of(ENGINES, case) or self.engines(case) is not None

    def sweep(self, cases: Iterable[Case]) -> None:
        """Remove what trials have left that nobody needs: of those that were cut off or run again.

        Args:
            cases: that are still to be run, or were; items are needed of those trials that are to come.
        """
        last = {(record["case"], record["round"]): number for number, record in enumerate(self._journal.of(TRIAL))}
        needed = {f"{number:04d}" for number in last.values()}
        for case in cases:
            if case.judged is not None:
                engines = self.engines(case)
                missing = set(range(case.rounds)) - self._trials(case, engines).keys()
                needed |= {self.items_folder(case, engines, index).name for index in missing}
        for path in self._folder.iterdir() if self._folder.is_dir() else ():
            if path.stem not in needed:
                shutil.rmtree(path) if path.is_dir() else path.unlink()

    def _of(self, kind: str, case: Case) -> list[Record]:
        return [found for found in self._journal.of(kind) if (found["case"], found["sha"]) == (case.id, case.sha)]

    def _last_case(self, case: Case) -> Record | None:
        return next(reversed(self._of(CASE, case)), None)

    def _is_whole(self, record: Record) -> bool:
        """Return whether the recording is there and is what was written."""
        recording = record["recording"]
        if recording is None:
            return True
        file = self._folder / recording["file"]
        sha256: str = recording["sha256"]
        return file.is_file() and _sha256(file) == sha256

    def _round(self, record: Record) -> Round:
        file = None if record["recording"] is None else self._folder / record["recording"]["file"]
        outcome = TrialOutcome(
            status=record["status"],
            reason=record["reason"],
            recording=None if file is None else load_recording(file),
            files=tuple(record["files"]),
            recording_file=file,
        )
        return Round(index=record["round"], started=record["started"], outcome=outcome)


def _fingerprints(case: Case) -> dict[str, str] | None:
    """Return those of the engines that the case would run with now; None if a backend is not here any more."""
    if any(find_member("backends", backend).unavailable() is not None for backend, _ in case.engines.pairs()):
        return None
    recipes = EngineRequest.of(case).recipes()
    return {name: recipe.fingerprint for name, recipe in recipes.items()}


def _sha256(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _digest(plain: object) -> str:
    return hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).hexdigest()
