"""Run one trial in a process of its own and bring home what it wrote, however it ended."""

from __future__ import annotations

import json
import os
import re
import selectors
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from josie_bench.bench.ending import dump_stacks, end, has_ended
from josie_bench.bench.exhaustion import exhaustion_in
from josie_bench.bench.job import Job, write_job
from josie_bench.bench.recording_file import load_recording
from josie_bench.errors import OutputError
from josie_bench.probes.latency import now_ns
from josie_bench.probes.memory import oom_kills
from josie_bench.terms.recording import Recording
from josie_bench.terms.result import OUT_OF_HOST
from josie_bench.writing import sync_folder, unwritable

PATIENCE_S = 0.5
GRACE_S = 15.0
POLL_S = 0.2
KEPT = ("ERROR", "TIMEOUT")  # statuses whose trials leave their logs
CRASH_PLACE = re.compile(r'most recent call first\):\n\s+File "(?P<file>.+)", line (?P<line>\d+) in (?P<name>\S+)')


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialOutcome:
    """How a trial ended; `recording` is None where nothing was recorded.

    Attributes:
        files: of input.
        stop: the interrupt that came meanwhile.
        recording_file: where the recording lies.
    """

    status: str
    reason: str | None
    recording: Recording | None
    files: tuple[dict[str, str], ...] = ()
    stop: BaseException | None = None
    recording_file: Path | None = None


@dataclass(slots=True, kw_only=True)
class _Course:
    """What became known of a trial while it ran.

    Attributes:
        stacks: the file that says where its threads stood when its time was up.
        complaint: why it could not write, in its own words.
        oom_kills: how often memory had run out in its control group before it began; None where nobody counts.
    """

    stop: BaseException | None = None
    is_late: bool = False
    stacks: Path | None = None
    complaint: str | None = None
    oom_kills: int | None = None


def run_trial_apart(
    job: Job, on_progress: Callable[[dict[str, Any]], None], held: tuple[int, ...] = ()
) -> TrialOutcome:
    """Run the job's trial; on an interrupt the trial is asked to stop and what it measured comes along.

    The interrupt itself is handed back as `stop`, so that the caller can write the report first. The recording ends up
    beside the job's folder, under its name and `.npz`; the folder stays only where its log tells why there is none.

    Args:
        job: what to run.
        on_progress: told what the trial says.
        held: descriptors that its process keeps open to its end.

    Raises:
        OutputError: the job's folder cannot be written.
    """
    file = _prepare(replace(job, spawned_ns=now_ns(), supervisor=os.getpid()))
    course = _Course(oom_kills=oom_kills())
    with _started(job, file, held) as worker:
        try:
            _follow(worker, job.case.timeout_s, on_progress, course)
            if course.is_late:
                course.stacks = dump_stacks(worker.pid, job.folder)
        except KeyboardInterrupt as interrupt:
            course.stop = interrupt
        end(worker.pid, patience_s=PATIENCE_S, grace_s=GRACE_S, saver=worker.stdin)
    if course.complaint is not None:
        raise OutputError(course.complaint)
    return _gather(job, worker.returncode, course)


def _prepare(job: Job) -> Path:
    """Write the job; a trial of a killed run may have left its own things there."""
    shutil.rmtree(job.folder, ignore_errors=True)
    return write_job(job)


@contextmanager
def _started(job: Job, file: Path, held: tuple[int, ...]) -> Iterator[subprocess.Popen[bytes]]:
    """Give the trial's process, in a group of its own."""
    log = job.folder / "stderr.txt"
    try:
        complaints = log.open("wb")
    except OSError as error:
        raise unwritable(log, error) from error
    command = [sys.executable, "-m", "josie_bench.bench.worker", str(file)]
    with (
        complaints,
        subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=complaints,
            bufsize=0,
            env=_environment(job),
            start_new_session=True,
            pass_fds=held,
        ) as worker,
    ):
        yield worker


def _environment(job: Job) -> dict[str, str]:
    threads = str(job.case.threads)
    bounded = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), threads)
    return dict(os.environ) | bounded | {"PYTHONFAULTHANDLER": "1"}  # a crash in native code says where it was


def _follow(
    worker: subprocess.Popen[bytes], timeout_s: float, on_progress: Callable[[dict[str, Any]], None], course: _Course
) -> None:
    """Pass the trial's progress on until it ends or has outrun its time."""
    assert worker.stdout is not None
    deadline = time.monotonic() + timeout_s
    with selectors.DefaultSelector() as selector:
        selector.register(worker.stdout, selectors.EVENT_READ)
        while time.monotonic() < deadline:
            if not selector.select(POLL_S):
                if has_ended(worker.pid):  # and what it has left behind keeps its pipe open
                    return
                continue
            line = worker.stdout.readline()
            if not line:
                return
            if line.startswith(b"{"):
                said = json.loads(line)
                course.complaint = said.get("unwritable")
                if course.complaint is None:
                    on_progress(said)
    course.is_late = True


def _gather(job: Job, returncode: int, course: _Course) -> TrialOutcome:
    """Return what the trial wrote, or what its end says of it, and put its recording beside its folder."""
    told = job.folder / "outcome.json"
    outcome = json.loads(told.read_text(encoding="utf-8")) if told.is_file() else _unexplained(job, returncode, course)
    if course.stop is not None and not told.is_file():
        outcome = {"status": "INTERRUPTED", "reason": "stopped before the trial could answer", "files": []}
    if course.is_late:
        stood = "" if course.stacks is None else f" (where it stood then: {course.stacks})"
        outcome |= {"status": "TIMEOUT", "reason": f"not done after {job.case.timeout_s:g} s, its timeout{stood}"}
    kept = _keep_recording(job.folder)
    if outcome["status"] not in KEPT:
        shutil.rmtree(job.folder, ignore_errors=True)
    return TrialOutcome(
        status=outcome["status"],
        reason=outcome["reason"],
        recording=None if kept is None else load_recording(kept),
        files=tuple(outcome["files"]),
        stop=course.stop,
        recording_file=kept,
    )


def _keep_recording(folder: Path) -> Path | None:
    """Move the recording out of the trial's folder and return where it lies now; None where there is none."""
    written, kept = folder / "recording.npz", folder.with_name(f"{folder.name}.npz")
    try:
        kept.unlink(missing_ok=True)
        if not written.is_file():
            return None
        written.rename(kept)
        sync_folder(kept.parent)
    except OSError as error:
        raise unwritable(kept, error) from error
    return kept


def _unexplained(job: Job, returncode: int, course: _Course) -> dict[str, Any]:
    """Return the outcome of a trial that ended without a word: killed, or a bug of ours."""
    log = job.folder / "stderr.txt"
    if returncode == -signal.SIGKILL:
        status, reason = _killed(course.oom_kills, oom_kills())
        return {"status": status, "reason": f"its process was killed (SIGKILL){reason}", "files": []}
    said = log.read_text(encoding="utf-8", errors="replace")
    if returncode == -signal.SIGABRT and (exhaustion := exhaustion_in(said)) is not None:
        return {"status": "OOM", "reason": f"{exhaustion}: its process was ended by SIGABRT", "files": []}
    if returncode < 0:
        place = CRASH_PLACE.search(said)
        where = "" if place is None else f" in {place['name']} ({Path(place['file']).name}:{place['line']})"
        what = f"its process was ended by {_signal_name(-returncode)}{where}"
    else:
        last = said.strip().splitlines()[-1:]
        what = last[0] if last else f"its process ended with exit status {returncode} and no word"
    return {"status": "ERROR", "reason": f"{what} (all of it: {log})", "files": []}


def _killed(before: int | None, after: int | None) -> tuple[str, str]:
    """Return the status of a trial that was killed, and what is known of why.

    Args:
        before: how often memory had run out in its control group when it began.
        after: and when it had ended.
    """
    if before is None or after is None:
        return "ERROR", "; out of memory or not cannot be told apart here"
    if after > before:
        return "OOM", f": {OUT_OF_HOST}, as its control group counted"
    return "ERROR", ", and not by the kernel for want of memory: its control group counted none"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
