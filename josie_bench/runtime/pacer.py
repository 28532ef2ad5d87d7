"""The pacer: hands over each window at its scheduled close, from a process of its own.

Closes are absolute instants of a schedule whatever happened before, so a late wake-up is recorded and never
repaired, and a slow model finds its windows waiting (no coordinated omission). A process of its own keeps the
model's work, and Python's lock, from delaying the clock.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import struct
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from threading import Timer
from typing import Self

from josie_bench.probes.latency import now_ns, sleep_until
from josie_bench.probes.parent import end_with_parent
from josie_bench.terms.schedule import Slot
from josie_bench.terms.sessions import Arrival, Timetable
from josie_bench.terms.timebase import s_from_ns

TICK = struct.Struct("<qq")  # window index, instant it was handed over


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """One window handed over: a_k and d_k in host monotonic nanoseconds, and which of all sessions' it is."""

    arrival: Arrival
    scheduled_ns: int
    handed_ns: int

    @property
    def index(self) -> int:
        """Of the window, among all sessions'."""
        return self.arrival.index

    @property
    def slot(self) -> Slot:
        """Its place in its session's schedule."""
        return self.arrival.slot


class Pacer:
    """A running pacer process; use as a context manager.

    Args:
        timetable: which window of which session closes when.
        count: how many windows at most, of all sessions together.
    """

    def __init__(self, timetable: Timetable, *, count: int) -> None:
        self._words = json.dumps({"timetable": asdict(timetable), "count": count}).encode() + b"\n"
        self._arrivals = timetable.arrivals()
        self._following = next(self._arrivals)

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "josie_bench.runtime.pacer"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._read = self._process.stdout.fileno()
        self._process.stdin.write(self._words)  # no argument: thousands of recorded visits are too long for one
        self._process.stdin.flush()
        if os.read(self._read, 1) != b"+":
            raise RuntimeError("the pacer did not start")
        self._start_ns = now_ns()
        self._process.stdin.write(b"%d\n" % self._start_ns)
        self._process.stdin.flush()
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
        arrival, self._following = self._following, next(self._arrivals)
        assert arrival.index == index, "ticks come in order, one a window"
        return Tick(arrival=arrival, scheduled_ns=self._start_ns + arrival.close_ns, handed_ns=handed_ns)

    def closed(self, now_ns: int) -> list[Tick]:
        """Return the ticks of windows that have closed by now; waits for those that are on their way."""
        found = []
        while self._start_ns + self._following.close_ns <= now_ns and (tick := self.next()) is not None:
            found.append(tick)
        return found

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

    def stall(self, until_ns: int) -> None:
        """Stop the process until then: what closes meanwhile is handed over late, all at once."""
        self._process.send_signal(signal.SIGSTOP)
        waker = Timer(s_from_ns(max(0, until_ns - now_ns())), self._process.send_signal, (signal.SIGCONT,))
        waker.daemon = True
        waker.start()


def _closes(words: str) -> Iterator[int]:
    """Yield when each window closes, in nanoseconds from the trial's start."""
    said = json.loads(words)
    endless = Timetable.from_json(said["timetable"]).arrivals()
    return (arrival.close_ns for arrival in islice(endless, said["count"]))


def main() -> int:
    """Tick until the reader is gone or all windows were handed over; return the exit code."""
    end_with_parent(os.getppid())  # one that is gone already sends no start
    if not (words := sys.stdin.readline()):
        return 0
    closes = _closes(words)
    gc.freeze()
    gc.disable()
    out = sys.stdout.fileno()
    os.write(out, b"+")
    line = sys.stdin.readline()
    if not line:
        return 0
    start_ns = int(line)
    try:
        for index, close_ns in enumerate(closes):
            sleep_until(start_ns + close_ns)
            os.write(out, TICK.pack(index, now_ns()))
    except (BrokenPipeError, KeyboardInterrupt):
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
