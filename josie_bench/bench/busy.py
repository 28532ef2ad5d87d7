"""Processes that keep a core busy each, so that a trial shows what it is like beside other work."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

# Ends when its parent's end of the pipe is gone, however that came: a killed trial leaves nothing running.
SPIN = """
import select, sys
while not select.select([sys.stdin], [], [], 0)[0]:
    for _ in range(100_000):
        pass
"""


@contextmanager
def busy_beside(count: int) -> Iterator[None]:
    """Keep `count` processes at work while the body runs."""
    running = [subprocess.Popen([sys.executable, "-c", SPIN], stdin=subprocess.PIPE) for _ in range(count)]
    try:
        yield
    finally:
        for process in running:
            process.kill()
        for process in running:
            process.wait()
            if process.stdin is not None:
                process.stdin.close()
