"""Runs that are killed and gone on with: `python -m tests.cli.killing SUITE ENGINES OUTPUT KILLS SEED COMMAND …`.

COMMAND is `run`, `compare run` or another that measures; words after it are of its beginning alone.

All is imported once; each run, and each trial in it, is a fork of this process, so that fifty of them take seconds.
Half of the kills come at a moment of the run's life, the others at a step that brings something to the disk: before
it, after it, or with half of a journal's line written. A run that came to its end is followed by a new one. What was
whole at each kill is noted in `OUTPUT/noted.json`; the last run is left to end.
"""

from __future__ import annotations

import base64
import importlib
import json
import os
import random
import signal
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import psutil

from josie_bench.bench import resume, run_state, supervise, worker
from josie_bench.bench.ending import has_ended
from josie_bench.bench.journal import FILE, read_records
from josie_bench.cli import group
from josie_bench.plugins import find_member, member_names
from josie_bench.probes.host import host_facts
from josie_bench.reports import _template

STEPS = ("fsync", "write", "replace", "rename", "unlink")
FACTS = host_facts()


class Forked:
    """A trial's process that is a fork of this one."""

    def __init__(self, file, log):
        reading, writing = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.setsid()
            os.dup2(writing, 1)
            os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT), 2)
            os.close(reading)
            os._exit(worker.main([str(file)]))
        os.close(writing)
        self.stdout = os.fdopen(reading, "rb", 0)
        self.returncode = self.stdin = None


@contextmanager
def forked(job, file, held):
    process = Forked(file, job.folder / "stderr.txt")
    try:
        yield process
    finally:
        process.stdout.close()
        _, status = os.waitpid(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)


def import_all():
    importlib.import_module("josie_bench.cli.run")
    for family in ("reports", "metrics", "scenarios"):
        for name in member_names(family):
            find_member(family, name)
    find_member("backends", "null")
    _template.bundle()
    supervise._started = forked
    resume.host_facts = run_state.host_facts = lambda: FACTS  # it asks git, which takes as long as a trial


def start(words, at_step):
    """Run the command line in a fork that may kill itself; return its process and what tells its count of steps."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        for stream in (1, 2):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
        taken = count_steps(at_step)
        status = 99
        try:
            group.main(list(words), standalone_mode=False)
        except SystemExit as leave:
            status = leave.code
        finally:
            os.fdopen(writing, "w").write(str(taken()))
            os._exit(status)
    os.close(writing)
    return pid, reading


def count_steps(at_step):
    """Kill this process at so many steps that bring something to the disk; return what tells how many it took.

    Amid a step is amid the next line of the journal from there on: few steps are one.
    """
    supervisor = os.getpid()
    place, when = at_step
    count = 0
    for name in STEPS:
        real = getattr(os, name)

        def step(*words, real=real, name=name, **more):
            nonlocal count
            if os.getpid() != supervisor:
                return real(*words, **more)
            count += 1
            if place and count >= place and (when != "amid" or name == "write"):
                if when == "after":
                    real(*words, **more)
                if when == "amid":
                    real(words[0], words[1][: len(words[1]) // 2])
                os.kill(supervisor, signal.SIGKILL)
            return real(*words, **more)

        setattr(os, name, step)
    return lambda: count


def watch(pid, seconds):
    """Wait for a run to end, kill it when its time is up, and see that nothing stays; return how it ended."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and not has_ended(pid):
        time.sleep(0.005)
    started = [] if has_ended(pid) else psutil.Process(pid).children(recursive=True)
    os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    _, alive = psutil.wait_procs(started, timeout=10)
    if alive:
        raise SystemExit(f"left running: {alive}")
    return os.waitstatus_to_exitcode(status)


def note(folder):
    """Return the whole lines of the journal and the recordings that they speak of."""
    content = (folder / FILE).read_bytes() if (folder / FILE).is_file() else b""
    records, good = read_records(content, folder)
    files = [record["recording"]["file"] for record in records if record["kind"] == "trial"]
    recordings = {file: base64.b64encode((folder / "trials" / file).read_bytes()).decode() for file in files}
    return {"folder": str(folder), "journal": content[:good].decode(), "torn": len(content) - good} | {
        "recordings": recordings
    }


class Killer:
    """What begins runs and goes on with them until they end, one after the other."""

    def __init__(self, suite, engines, output, command, words):
        self.output = Path(output)
        self.folder = None  # of the run that has not ended
        self._command, self._engines = command.split(), engines
        self._begin = [suite, "--output", output, *words]

    def go(self, seconds=600.0, at_step=(0, "")):
        """Begin a run or go on with one; return its exit status, how long it took and in how many steps."""
        known = set(self.output.glob("*/*/"))
        words = self._begin if self.folder is None else ["--resume", str(self.folder)]
        begun = time.monotonic()
        pid, told = start([*self._command, *words, "--engines", self._engines], at_step)
        status = watch(pid, seconds)
        with os.fdopen(told) as steps:
            taken = int(steps.read() or 0)
        self.folder = next(iter(set(self.output.glob("*/*/")) - known), self.folder)
        return status, time.monotonic() - begun, taken

    def kill(self, draws, life_s, steps):
        """Kill a run at some point and return what it left, or None if it ended before that."""
        at_step = (draws.randrange(1, steps), draws.choice(("before", "amid", "after")))
        seconds = draws.uniform(0.0, life_s)
        is_step = draws.random() < 0.5
        status, *_ = self.go(at_step=at_step) if is_step else self.go(seconds)
        if status == 0:
            self.folder = None
            return None
        if status != -signal.SIGKILL:
            raise SystemExit(f"{self.folder}: the run ended with {status}")
        if self.folder is None:
            return {"moment": "before there was a folder"}
        left = note(self.folder) | {"moment": " ".join(map(str, at_step)) if is_step else f"after {seconds:.2f} s"}
        if not left["journal"]:
            self.folder = None  # there is nothing to go on with
        return left


def main(words):
    """Kill and go on; return the exit status."""
    suite, engines, output, kills, seed, command, *more = words
    import_all()
    draws = random.Random(int(seed))
    killer = Killer(suite, engines, output, command, more)
    killer.go()  # builds the engines
    killer.folder = None
    status, life_s, steps = killer.go()
    if status:
        raise SystemExit(f"a run that nobody killed ended with {status}")
    killer.folder = None
    noted = []
    while len(noted) < int(kills):
        if (left := killer.kill(draws, life_s, steps)) is not None:
            noted.append(left)
    if killer.folder is not None and killer.go()[0]:
        raise SystemExit(f"{killer.folder}: the last run did not end well")
    Path(output, "noted.json").write_text(json.dumps(noted))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
