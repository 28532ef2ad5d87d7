"""`local`: workers that are processes of this machine, each told over a socket pair what to do.

A message is a JSON object in one frame and a frame for each file; no pickles. Runs a worker as
`python -m josie_bench.fleet.local DESCRIPTOR GPU…`.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import IO, Any

from josie_bench.errors import UnavailableError
from josie_bench.fleet import NO_FILES, Answer, Lost, Request
from josie_bench.probes.gpu import VISIBLE
from josie_bench.probes.host import host_facts
from josie_bench.probes.parent import end_with_parent
from josie_bench.terms.fleet_order import FleetOrder

GRACE_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Hand:
    """A worker's process, and what it complains of."""

    process: subprocess.Popen[bytes]
    line: Connection
    complaints: IO[bytes]


class LocalFleet:
    """Workers in processes of their own.

    Args:
        gpus: of each worker, by its number; empty where it sees none.
    """

    scheduler = "local"

    def __init__(self, gpus: Sequence[Sequence[str]]) -> None:
        self._gpus = {f"worker{number}": own for number, own in enumerate(gpus, start=1)}
        self._hands: dict[str, _Hand] = {}

    @property
    def workers(self) -> Sequence[str]:
        """The names of the workers, started or not."""
        return tuple(self._gpus)

    def pid(self, worker: str) -> int | None:
        """Return the process of a worker, or None where none is started."""
        hand = self._hands.get(worker)
        return None if hand is None else hand.process.pid

    def ask(self, worker: str, request: Request, files: Mapping[str, bytes] = NO_FILES) -> None:
        """Send a request; a worker that is not there is started."""
        assert not files, "workers of one machine share its store"
        if worker not in self._hands:
            self._hands[worker] = _started(self._gpus[worker])
        try:
            self._hands[worker].line.send_bytes(json.dumps(request).encode())
        except OSError:  # it has ended: `next` says so
            return

    def next(self, timeout_s: float | None = None) -> tuple[str, Answer | Lost] | None:
        """Return the next answer, or that a worker ended; None if nothing came in time."""
        lines = {hand.line: worker for worker, hand in self._hands.items()}
        ready = wait(list(lines), timeout_s)
        if not ready:
            return None
        line = ready[0]
        assert isinstance(line, Connection)
        try:
            return lines[line], _received(line)
        except (EOFError, OSError):
            return lines[line], Lost(reason=self._end(lines[line]))

    def close(self) -> None:
        """End all workers; their trials end with them."""
        for hand in self._hands.values():
            hand.process.terminate()
        for worker in tuple(self._hands):
            self._end(worker)

    def _end(self, worker: str) -> str:
        """Wait until a worker's process, which is about to end, has, and return how."""
        hand = self._hands.pop(worker)
        hand.line.close()
        try:
            hand.process.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            hand.process.kill()
            hand.process.wait()
        with hand.complaints:
            hand.complaints.seek(0)
            said = hand.complaints.read().decode(errors="replace").strip().splitlines()[-1:]
        code = hand.process.returncode
        how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit status {code}"
        return ": ".join([f"its process {how}", *said])


def open_local(order: FleetOrder, *, is_on_gpu: bool) -> LocalFleet:
    """Return the local workers that are asked for: with a GPU each where cases compute on one, else without.

    Raises:
        UnavailableError: there are fewer GPUs or cores than workers.
    """
    found = host_facts()["gpu"] if is_on_gpu else []
    gpus = _allotted(len(found) if isinstance(found, list) else 0, os.environ.get(VISIBLE))
    if gpus:
        count = len(gpus) if order.count is None else order.count
        if count > len(gpus):
            raise UnavailableError(f"{count} workers and {len(gpus)} GPUs", mend=f"--fleet local:{len(gpus)}")
        return LocalFleet([[gpu] for gpu in gpus[:count]])
    cores = len(os.sched_getaffinity(0))
    count = max(cores // order.cores, 1) if order.count is None else order.count
    if count > cores:
        raise UnavailableError(f"{count} workers and {cores} cores", mend=f"--fleet local:{cores}")
    return LocalFleet([[]] * count)


def _allotted(count: int, visible: str | None) -> list[str]:
    """Return the GPUs that this process may use by the names that CUDA knows: all, or those that were left visible.

    >>> _allotted(2, None), _allotted(8, "GPU-5a, 3"), _allotted(8, "")
    (['0', '1'], ['GPU-5a', '3'], [])
    """
    if visible is None or not count:
        return [str(index) for index in range(count)]
    return [name.strip() for name in visible.split(",") if name.strip()]


def _started(gpus: Sequence[str]) -> _Hand:
    """Start a worker in a session of its own, so that an interrupt of this process is not one of its trials'."""
    ours, theirs = socket.socketpair()
    complaints = tempfile.TemporaryFile()  # noqa: SIM115  it is read when the process has ended
    environment = dict(os.environ) | ({VISIBLE: ",".join(gpus)} if gpus else {})
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-m", "josie_bench.fleet.local", str(theirs.fileno()), *gpus],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=complaints,
            env=environment,
            pass_fds=(theirs.fileno(),),
            start_new_session=True,
        )
    return _Hand(process=process, line=Connection(ours.detach()), complaints=complaints)


def _received(line: Connection) -> Answer:
    told: dict[str, Any] = json.loads(line.recv_bytes())
    return Answer(told=told["told"], files={name: line.recv_bytes() for name in told["files"]})


def _send(line: Connection, answer: Answer) -> None:
    line.send_bytes(json.dumps({"told": answer.told, "files": list(answer.files)}).encode())
    for content in answer.files.values():
        line.send_bytes(content)


def main(words: Sequence[str]) -> int:
    """Answer requests until nobody asks any more; return the exit code."""
    from josie_bench.fleet.worker import answer

    end_with_parent(os.getppid())
    descriptor, *gpus = words
    with Connection(int(descriptor)) as line:
        while True:
            try:
                request: Mapping[str, Any] = json.loads(line.recv_bytes())
            except EOFError:
                return 0
            _send(line, answer(request, gpus))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
