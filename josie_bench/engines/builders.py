"""The processes that build: started side by side, listened to, and brought to an end that one line explains."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import IO

from josie_bench.errors import EngineError
from josie_bench.probes.parent import end_with_parent

BUILD_TIMEOUT_S = 3600.0  # for one engine; the largest seen took minutes
GRACE_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Builder:
    """A process at work: its lines come over stdout, what it complains of goes to a file."""

    process: subprocess.Popen[str]
    complaints: IO[str]


def run_apart(
    module: str, jobs: Sequence[Sequence[str]], on_progress: Callable[[str], None], timeout_s: float = BUILD_TIMEOUT_S
) -> None:
    """Run `python -m module WORDS` once for each of `jobs`, side by side, and pass their lines on.

    Args:
        module: that builds and prints a line before each engine.
        jobs: the words of each process.
        on_progress: told each line.
        timeout_s: the most that may pass between two lines of a process, or after its last.

    Raises:
        EngineError: one failed, was killed or took too long; the message says which, and the others are ended.
    """
    with ExitStack() as stack:
        builders = [stack.enter_context(_started(module, words)) for words in jobs]
        _listen(builders, on_progress, timeout_s)


def leave_on_sigterm() -> None:
    """Make this process, a builder, end on SIGTERM by way of every `finally`: what is half-built goes too.

    The signal also comes when whoever asked for the engine is gone.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    end_with_parent(os.getppid(), signal.SIGTERM)


@contextmanager
def _started(module: str, words: Sequence[str]) -> Iterator[Builder]:
    """Give a builder at work in a process group of its own; it is gone on leaving."""
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as complaints,
        subprocess.Popen(
            [sys.executable, "-m", module, *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=complaints,
            text=True,
            env=dict(os.environ) | {"OMP_NUM_THREADS": "1"},
            start_new_session=True,
        ) as process,
    ):
        try:
            yield Builder(process=process, complaints=complaints)
        finally:
            _end(process)


def _end(process: subprocess.Popen[str]) -> None:
    """Ask a builder that is still at work to leave, then make it and all that it started."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(timeout=GRACE_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _listen(builders: Sequence[Builder], on_progress: Callable[[str], None], timeout_s: float) -> None:
    """Pass on what the builders say until all have ended well."""
    said: queue.SimpleQueue[tuple[int, str | None]] = queue.SimpleQueue()
    for index, builder in enumerate(builders):
        threading.Thread(target=_hear, args=(index, builder, said), daemon=True).start()
    last = dict.fromkeys(range(len(builders)), "starting")
    deadline = dict.fromkeys(last, time.monotonic() + timeout_s)
    while deadline:
        late, until = min(deadline.items(), key=lambda item: item[1])
        try:
            index, line = said.get(timeout=max(0.0, until - time.monotonic()))
        except queue.Empty:
            raise EngineError(
                f"{last[late]}: not done after {timeout_s:g} s: allow more with --build-timeout"
            ) from None
        if line is None:
            del deadline[index]
            _check(builders[index], last[index])
            continue
        last[index] = line.strip()
        deadline[index] = time.monotonic() + timeout_s
        on_progress(last[index])


def _hear(index: int, builder: Builder, said: queue.SimpleQueue[tuple[int, str | None]]) -> None:
    assert builder.process.stdout is not None
    with contextlib.suppress(ValueError):  # closed meanwhile: nobody listens any more
        for line in builder.process.stdout:
            said.put((index, line))
    said.put((index, None))


def _check(builder: Builder, last: str) -> None:
    """Raise what became of a builder that has ended, unless it ended well."""
    code = builder.process.wait()
    if code == 0:
        return
    if code == -signal.SIGKILL:
        raise EngineError(f"{last}: the builder was killed (signal 9), perhaps out of memory")
    if code < 0:
        raise EngineError(f"{last}: the builder was ended by {_signal_name(-code)}")
    builder.complaints.seek(0)
    lines = builder.complaints.read().strip().splitlines()
    raise EngineError(lines[-1] if lines else f"{last}: the builder ended with exit status {code} and no word")


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
