"""Watching the machine beside a trial, from a process of its own that sleeps between its readings.

Runs as `python -m josie_bench.bench.telemetry FILE PID`: it reads every source at its interval until process PID, its
parent, is gone or it is told to stop, and writes a line of JSON per reading as it goes. A file cannot block as a pipe
can, and what was written stays whatever becomes of the trial.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from josie_bench.plugins import find_member, member_names
from josie_bench.probes.gpu import VISIBLE, gpu_sources, load_nvml
from josie_bench.probes.latency import now_ns
from josie_bench.probes.memory import memory_sources
from josie_bench.probes.processes import Tree
from josie_bench.probes.processor import processor_sources
from josie_bench.terms.telemetry import ENERGY, METER, TELEMETRY, AbsentSource, Source, Telemetry
from josie_bench.terms.timebase import ns_from_ms, ns_from_s, s_from_ns

FILE = "telemetry.jsonl"
STARTS_WITHIN_S = 10.0
NICENESS = 5
COST = Source(
    name=TELEMETRY, interval_ms=1000.0, units={"cpu_total": "s"}, read=lambda: {"cpu_total": time.process_time()}
)


@contextmanager
def watched(folder: Path) -> Iterator[Path]:
    """Watch the machine while the body runs, from the first reading on; yield the file that it is written to."""
    file = folder / FILE
    command = [sys.executable, "-m", "josie_bench.bench.telemetry", str(file), str(os.getpid())]
    watcher = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        _await_first_reading(file, watcher)
        yield file
    finally:
        watcher.terminate()
        try:
            watcher.wait(timeout=5.0)
        except subprocess.TimeoutExpired:
            watcher.kill()
            watcher.wait()


def _await_first_reading(file: Path, watcher: subprocess.Popen[bytes]) -> None:
    last_ns = now_ns() + ns_from_s(STARTS_WITHIN_S)
    while watcher.poll() is None and now_ns() < last_ns:
        if file.is_file() and file.read_bytes().count(b"\n") > 1:
            return
        time.sleep(0.01)


def find_sources(pid: int) -> tuple[list[Source], list[AbsentSource]]:
    """Return what can be read here beside the process `pid` and all that it started, and what cannot."""
    tree = Tree(pid)
    gpus, absent = gpu_sources(load_nvml(), tree.pids, os.environ.get(VISIBLE))
    found = [*processor_sources(tree.cpu_s), *memory_sources(tree.resident_bytes)]
    found += [_meter(name) for name in member_names("probes.meters")]
    absent += [source for source in found if isinstance(source, AbsentSource)]
    return [COST, *gpus, *(source for source in found if isinstance(source, Source))], absent


def _meter(name: str) -> Source | AbsentSource:
    """Return a meter as a source, or why it cannot be read here."""
    member = find_member("probes.meters", name)
    absent: AbsentSource | None = member.unavailable()
    if absent is not None:
        return replace(absent, name=f"{METER}{name}")
    joules: Callable[[], float] = member.open_meter()

    def read() -> dict[str, float]:
        with suppress(OSError):  # lost for a moment: its silence is what telemetry reports
            return {ENERGY: joules()}
        return {}

    return Source(name=f"{METER}{name}", interval_ms=member.INTERVAL_MS, units={ENERGY: "J"}, read=read)


def watch(sources: Sequence[Source], absent: Sequence[AbsentSource], out: TextIO, parent: int) -> None:
    """Write what the sources say until the parent is gone; SIGTERM ends it through `SystemExit`."""
    head = [{"name": source.name, "interval_ms": source.interval_ms, "units": dict(source.units)} for source in sources]
    out.write(json.dumps({"sources": head, "absent": [asdict(source) for source in absent]}) + "\n")
    due = [now_ns()] * len(sources)
    while os.getppid() == parent:
        for index, source in enumerate(sources):
            now = now_ns()
            if now >= due[index]:
                interval = ns_from_ms(source.interval_ms)
                due[index] += max(1, (now - due[index]) // interval + 1) * interval
                values = source.read()
                out.write(json.dumps([now, source.name, dict(values)]) + "\n")
        out.flush()
        time.sleep(max(0.0, s_from_ns(min(due) - now_ns())))


def read_telemetry(file: Path) -> Telemetry | None:
    """Return what was written into the file, a last line that is not whole left out; None where nothing was."""
    try:
        lines = file.read_text(encoding="utf-8").split("\n")[:-1]
    except OSError:
        return None
    if not lines:
        return None
    head: dict[str, Any] = json.loads(lines[0])
    units = {source["name"]: source["units"] for source in head["sources"]}
    rows = [
        (instant, source, name, value, units[source][name])
        for instant, source, values in map(json.loads, lines[1:])
        for name, value in values.items()
    ]
    return Telemetry(
        instant_ns=np.array([row[0] for row in rows], dtype=np.int64),
        source=np.array([row[1] for row in rows], dtype=np.str_),
        name=np.array([row[2] for row in rows], dtype=np.str_),
        value=np.array([row[3] for row in rows], dtype=np.float64),
        unit=np.array([row[4] for row in rows], dtype=np.str_),
        round=np.zeros(len(rows), dtype=np.int64),
        interval_ms={source["name"]: source["interval_ms"] for source in head["sources"]},
        absent=tuple(AbsentSource(**source) for source in head["absent"]),
    )


def main(words: list[str]) -> int:
    """Watch until told to stop; return the exit code."""
    file, parent = Path(words[0]), int(words[1])
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of the terminal: the trial, which it goes to as well, ends us
    with suppress(OSError):
        os.nice(NICENESS)
    sources, absent = find_sources(parent)
    with file.open("w", encoding="utf-8") as out:
        watch(sources, absent, out, parent)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
