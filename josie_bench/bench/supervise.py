"""Run one trial in a process of its own and bring home what it wrote, however it ended."""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from josie_bench.bench.job import Job, write_job
from josie_bench.bench.recording_file import load_recording
from josie_bench.errors import OutputError
from josie_bench.probes.latency import now_ns
from josie_bench.terms.recording import Recording

GRACE_S = 15.0
POLL_S = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialOutcome:
    """How a trial ended; `recording` is None where nothing was recorded."""

    status: str
    reason: str | None
    recording: Recording | None
    files: tuple[dict[str, str], ...] = ()
    stop: BaseException | None = None


def run_trial_apart(job: Job, on_progress: Callable[[dict[str, Any]], None]) -> TrialOutcome:
    """Run the job's trial; on an interrupt the trial is asked to stop and what it measured comes along.

    The interrupt itself is handed back as `stop`, so that the caller can write the report first.

    Raises:
        OutputError: the job's folder cannot be written.
    """
    file = _prepare(replace(job, spawned_ns=now_ns()))
    stderr = job.folder / "stderr.txt"
    command = [sys.executable, "-m", "josie_bench.bench.worker", str(file)]
    stop: BaseException | None = None
    is_late = False
    with (
        stderr.open("wb") as complaints,
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=complaints, env=_environment(job), start_new_session=True
        ) as worker,
    ):
        try:
            is_late = _follow(worker, job.case.timeout_s, on_progress)
        except KeyboardInterrupt as interrupt:
            stop = interrupt
        _end(worker)
    return _gather(job, worker.returncode, stop=stop, is_late=is_late)


def _prepare(job: Job) -> Path:
    try:
        job.folder.mkdir(parents=True, exist_ok=True)
        return write_job(job)
    except OSError as error:
        raise OutputError(f"{job.folder}: cannot write the trial's files: {error.strerror}") from error


def _environment(job: Job) -> dict[str, str]:
    threads = str(job.case.threads)
    return dict(os.environ) | dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), threads)


def _follow(worker: subprocess.Popen[bytes], timeout_s: float, on_progress: Callable[[dict[str, Any]], None]) -> bool:
    """Pass the trial's progress on until it ends; return whether it outran its time."""
    assert worker.stdout is not None
    deadline = time.monotonic() + timeout_s
    with selectors.DefaultSelector() as selector:
        selector.register(worker.stdout, selectors.EVENT_READ)
        while time.monotonic() < deadline:
            if not selector.select(POLL_S):
                continue
            line = worker.stdout.readline()
            if not line:
                return False
            if line.startswith(b"{"):
                on_progress(json.loads(line))
    return True


def _end(worker: subprocess.Popen[bytes]) -> None:
    """Wait for the trial to end; if it is still at work, ask it to stop, then make it."""
    if worker.poll() is None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            worker.wait(timeout=0.5)
    if worker.poll() is None:
        worker.terminate()
    try:
        worker.wait(timeout=GRACE_S)
    except subprocess.TimeoutExpired:
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()


def _gather(job: Job, returncode: int, *, stop: BaseException | None, is_late: bool) -> TrialOutcome:
    written = job.folder / "recording.npz"
    recording = load_recording(written) if written.is_file() else None
    told = job.folder / "outcome.json"
    outcome = json.loads(told.read_text(encoding="utf-8")) if told.is_file() else _unexplained(job, returncode)
    if stop is not None and not told.is_file():
        outcome = {"status": "INTERRUPTED", "reason": "stopped before the trial could answer", "files": []}
    if is_late:
        outcome |= {"status": "TIMEOUT", "reason": f"not done after {job.case.timeout_s:g} s, its timeout"}
    if outcome["status"] != "ERROR":
        shutil.rmtree(job.folder, ignore_errors=True)
    return TrialOutcome(
        status=outcome["status"],
        reason=outcome["reason"],
        recording=recording,
        files=tuple(outcome["files"]),
        stop=stop,
    )


def _unexplained(job: Job, returncode: int) -> dict[str, Any]:
    """Return the outcome of a trial that ended without a word: killed, or a bug of ours."""
    if returncode == -signal.SIGKILL:
        reason = "its process was killed (signal 9), most often because the host ran out of memory"
        return {"status": "OOM", "reason": reason, "files": []}
    if returncode < 0:
        name = signal.Signals(-returncode).name
        return {"status": "ERROR", "reason": f"its process was ended by {name}", "files": []}
    log = job.folder / "stderr.txt"
    last = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:]
    return {"status": "ERROR", "reason": f"{last[0] if last else 'no message'} (all of it: {log})", "files": []}
