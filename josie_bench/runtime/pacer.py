"""The pacer: hands over each window at its scheduled close, from a process of its own.

Deadlines are absolute: window k closes at first + k·hop whatever happened before, so a late wake-up is recorded and
never repaired, and a slow model finds its windows waiting (no coordinated omission). A process of its own keeps the
model's work, and Python's lock, from delaying the clock.
"""

from __future__ import annotations

import gc
import os
import struct
import subprocess
import sys
from dataclasses import dataclass

from josie_bench.probes.latency import now_ns, sleep_until

TICK = struct.Struct("<qq")  # window index, instant it was handed over


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """One window handed over: a_k and d_k in host monotonic nanoseconds."""

    index: int
    scheduled_ns: int
    handed_ns: int


class Pacer:
    """A running pacer process; use as a context manager.

    Args:
        hop_ns: time between scheduled closes.
        phase_ns: random part of the first close, in [0, hop).
        count: how many windows at most.
    """

    def __init__(self, *, hop_ns: int, phase_ns: int, count: int) -> None:
        self._hop_ns = hop_ns
        self._phase_ns = phase_ns
        self._count = count

    def __enter__(self) -> Pacer:
        command = [sys.executable, "-m", "josie_bench.runtime.pacer", str(self._hop_ns), str(self._count)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._read = self._process.stdout.fileno()
        if os.read(self._read, 1) != b"+":
            raise RuntimeError("the pacer did not start")
        self._first_ns = now_ns() + self._hop_ns + self._phase_ns
        self._process.stdin.write(b"%d\n" % self._first_ns)
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def next(self) -> Tick | None:
        """Wait for the next window and return its tick, or None after the last."""
        data = os.read(self._read, TICK.size)
        if len(data) < TICK.size:
            return None
        index, handed_ns = TICK.unpack(data)
        return Tick(index=index, scheduled_ns=self._first_ns + index * self._hop_ns, handed_ns=handed_ns)

    def waiting(self) -> list[Tick]:
        """Return the ticks handed over that nobody has taken yet; does not wait."""
        os.set_blocking(self._read, False)
        found = []
        try:
            while (tick := self.next()) is not None:
                found.append(tick)
        except BlockingIOError:
            os.set_blocking(self._read, True)
        return found


def main(words: list[str]) -> int:
    """Tick until the reader is gone or `count` is reached; return the exit code."""
    hop_ns, count = int(words[0]), int(words[1])
    gc.freeze()
    gc.disable()
    out = sys.stdout.fileno()
    os.write(out, b"+")
    line = sys.stdin.readline()
    if not line:
        return 0
    first_ns = int(line)
    try:
        for index in range(count):
            sleep_until(first_ns + index * hop_ns)
            os.write(out, TICK.pack(index, now_ns()))
    except (BrokenPipeError, KeyboardInterrupt):
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
