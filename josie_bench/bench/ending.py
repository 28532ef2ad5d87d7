"""How a trial's process is brought to an end: its stacks first, then asked, then killed with all that it started."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

import psutil

STACKS = "stacks.txt"
STACKS_S = 2.0
POLL_S = 0.02


def has_ended(pid: int) -> bool:
    """Return whether a child has ended; it stays to be waited for, so that its number is nobody else's yet."""
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def ends_within(pid: int, seconds: float) -> bool:
    """Wait for a child to end, at most so long; return whether it has."""
    deadline = time.monotonic() + seconds
    while not has_ended(pid):
        if time.monotonic() >= deadline:
            return False
        time.sleep(POLL_S)
    return True


def dump_stacks(pid: int, folder: Path) -> Path | None:
    """Let a trial's process write where each of its threads stands; return the file, or None if it cannot."""
    file = folder / STACKS
    if not file.is_file():  # it does not listen yet, and the signal would end it
        return None
    os.kill(pid, signal.SIGUSR1)
    deadline = time.monotonic() + STACKS_S
    size = 0
    while time.monotonic() < deadline:
        time.sleep(POLL_S)
        before, size = size, file.stat().st_size
        if size and size == before:
            return file
    return file if size else None


def end(pid: int, *, patience_s: float, grace_s: float) -> None:
    """Bring a child that leads a process group to its end, and with it all that it started; it stays to be waited for.

    Args:
        pid: of the child.
        patience_s: how long it may take to end by itself.
        grace_s: how long it may take once it is asked to.
    """
    if not ends_within(pid, patience_s):
        os.kill(pid, signal.SIGTERM)
        if not ends_within(pid, grace_s):
            _kill_descendants(pid)
    with suppress(ProcessLookupError, PermissionError):  # an ended leader alone in its group, on some systems
        os.killpg(pid, signal.SIGKILL)
    ends_within(pid, grace_s)


def _kill_descendants(pid: int) -> None:
    """Kill what a process started and what that started, also those that left its group."""
    with suppress(psutil.NoSuchProcess):
        for descendant in psutil.Process(pid).children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                descendant.kill()
